/** Asks the stand-in for Telegram, as its pages do. */

export const BASE = "/sandbox/telegram";

/** What is at a path below the stand-in's. Throws an Error with a message to show, and a status. */
export async function ask(path, options = {}) {
  const response = await fetch(`${BASE}/${path}`, options).catch(() => null);
  if (response === null) throw new Error("The server does not answer. Is it still running?");
  const given = await response.json().catch(() => null);
  if (response.ok && given !== null) return given;
  const message = given?.error?.message ?? `The server answered ${response.status}.`;
  throw Object.assign(new Error(message), { status: response.status });
}

/** Do something as a person, and read what is there then. */
export function post(path, given) {
  const headers = { "Content-Type": "application/json" };
  return ask(path, { method: "POST", headers, body: JSON.stringify(given) });
}

/** How somebody stands to the channel, as a chip's words and its tone. */
export const STANDINGS = {
  member: ["member", "good"],
  asked: ["asked to join", "info"],
  banned: ["banned", "bad"],
  outside: ["outside", "plain"],
};
