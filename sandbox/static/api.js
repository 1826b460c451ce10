/** The sandbox's JSON API. */

const BASE = "/sandbox/api";

/** What went wrong, in words for the reader. */
export class Problem extends Error {}

let seen = null;

/** Everything there is to see, or null when nothing but time has passed since the last call. */
export async function changedState() {
  const response = await ask(`${BASE}/state`, { headers: seen ? { "If-None-Match": seen } : {}, cache: "no-store" });
  if (response.status === 304) return null;
  const state = await body(response);
  seen = response.headers.get("ETag");
  return state;
}

export async function post(path, given = {}) {
  const headers = { "Content-Type": "application/json" };
  return body(await ask(`${BASE}/${path}`, { method: "POST", headers, body: JSON.stringify(given) }));
}

export async function remove(path) {
  return body(await ask(`${BASE}/${path}`, { method: "DELETE" }));
}

/** Connected accounts, transfers, balance and settings at Stripe's stand-in. */
export async function connectOverview() {
  return body(await ask(`${BASE}/stripe/connect`, { cache: "no-store" }));
}

/** Call one of the product's own routes for the operator's clock, as that would. */
export async function cronCall(name) {
  const { secret } = await body(await ask("/sandbox/cron", { cache: "no-store" }));
  return body(await ask(`/api/cron/${name}`, { method: "POST", headers: { Authorization: `Bearer ${secret}` } }));
}

/** Everybody one can be: `{number, name, email, isHost}`. */
export async function users() {
  return (await body(await ask("/sandbox/users"))).users;
}

/** A fresh access token of a demo user, counted from 1. */
export async function session(user) {
  return body(await ask(`/sandbox/session?user=${user}`, { cache: "no-store" }));
}

async function ask(url, options) {
  try {
    return await fetch(url, options);
  } catch {
    throw new Problem("The server does not answer. Is it still running?");
  }
}

async function body(response) {
  const given = await response.json().catch(() => null);
  if (response.ok && given !== null) return given;
  throw new Problem(given?.error?.message ?? `The server answered ${response.status}.`);
}
