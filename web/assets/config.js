/** What the server tells its pages about itself, fetched once a page. */

let loading = null;

/**
 * `{sandbox, supabaseUrl, supabaseKey, stripeScript, stripePublishableKey, schedulingOrigin,
 * telegram}` from /config.json.
 */
export function config() {
  loading ??= read();
  return loading;
}

async function read() {
  try {
    const response = await fetch("/config.json", { headers: { accept: "application/json" } });
    if (!response.ok) throw new Error(`/config.json answered ${response.status}`);
    return await response.json();
  } catch (error) {
    loading = null; // the next call asks again
    throw error;
  }
}
