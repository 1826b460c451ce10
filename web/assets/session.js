/** Who is signed in: a demo user of the sandbox, or the session that supabase-js keeps here. */

import { config } from "./config.js";

const EXPIRY_MARGIN_S = 10;
const SANDBOX_USER = "sessionpay-sandbox-user";

let sandboxToken = null;

/** The access token to send, or null when nobody is signed in or the sign-in has run out. */
export async function accessToken() {
  const { sandbox, supabaseUrl } = await config();
  if (sandbox) {
    sandboxToken ??= fetchSandboxToken();
    return sandboxToken;
  }
  const stored = storedSession(supabaseUrl);
  return stored !== null && !isExpired(stored) ? stored.access_token : null;
}

/** Drop a token the server refused; true if asking again may bring a better one. */
export async function forgetToken() {
  sandboxToken = null;
  return (await config()).sandbox;
}

/** True when a sign-in is on record but has run out. */
export async function hasExpired() {
  const { sandbox, supabaseUrl } = await config();
  const stored = sandbox ? null : storedSession(supabaseUrl);
  return stored !== null && isExpired(stored);
}

/** Number of the demo user that one is in this tab, as text; the first unless another was chosen. */
export function sandboxUser() {
  try {
    return sessionStorage.getItem(SANDBOX_USER) ?? "1";
  } catch {
    return "1"; // storage blocked
  }
}

/** Be another demo user in this tab; throws where that cannot be remembered. */
export function becomeSandboxUser(number) {
  sessionStorage.setItem(SANDBOX_USER, number);
}

/** Everybody one can be in the sandbox: `{number, name, email, isHost}`. */
export async function sandboxUsers() {
  const response = await fetch("/sandbox/users", { headers: { accept: "application/json" } });
  if (!response.ok) throw new Error(`/sandbox/users answered ${response.status}`);
  return (await response.json()).users;
}

async function fetchSandboxToken() {
  const user = encodeURIComponent(sandboxUser());
  try {
    const response = await fetch(`/sandbox/session?user=${user}`, { headers: { accept: "application/json" } });
    if (!response.ok) throw new Error(`/sandbox/session answered ${response.status}`);
    return (await response.json()).accessToken;
  } catch (error) {
    sandboxToken = null;
    throw error;
  }
}

/** supabase-js names its entry after the first label of the project's host. */
function storedSession(supabaseUrl) {
  if (!supabaseUrl) return null;
  const project = new URL(supabaseUrl).hostname.split(".")[0];
  try {
    const stored = JSON.parse(localStorage.getItem(`sb-${project}-auth-token`));
    return stored?.access_token ? stored : null;
  } catch {
    return null; // storage blocked, or an entry that is not a session
  }
}

function isExpired(stored) {
  return Boolean(stored.expires_at) && stored.expires_at - EXPIRY_MARGIN_S < Date.now() / 1000;
}
