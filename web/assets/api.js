/** The one door to the GraphQL API. */

import { accessToken, forgetToken } from "./session.js";

const TIMEOUT_MS = 30_000;

/** The server could not be reached or did not answer in time: worth another try. */
export class Unreachable extends Error {}

/** The operation needs a signed-in user and there is none. */
export class SignInNeeded extends Error {}

/** The server answered with an error that is not data: a bug or a refused request. */
export class ServerFault extends Error {}

/** The host's calendar does not say what is open just now: worth another try. */
export class CalendarUnavailable extends Error {}

/** Run an operation and return its `data`. */
export async function graphql(query, variables = {}) {
  try {
    return await post(query, variables);
  } catch (error) {
    // The sandbox's tokens are renewed for the asking; a Supabase one only by its own app.
    if (error instanceof SignInNeeded && (await forgetToken())) return post(query, variables);
    throw error;
  }
}

async function post(query, variables) {
  const response = await send(query, variables);
  const answer = await response.json().catch(() => null);
  const fault = answer?.errors?.[0];
  if (response.status === 401 || fault?.extensions?.code === "UNAUTHENTICATED") {
    throw new SignInNeeded("Please sign in first.");
  }
  if (fault?.extensions?.code === "CALENDAR_UNAVAILABLE") throw new CalendarUnavailable(fault.message);
  if (fault) throw new ServerFault(fault.message);
  if (response.status >= 500) throw new Unreachable("The server is not ready to answer.");
  if (!answer?.data) throw new ServerFault(`The server answered with status ${response.status}.`);
  return answer.data;
}

async function send(query, variables) {
  try {
    const token = await accessToken();
    return await fetch("/graphql", {
      method: "POST",
      headers: {
        accept: "application/graphql-response+json, application/json",
        "content-type": "application/json",
        ...(token ? { authorization: `Bearer ${token}` } : {}),
      },
      body: JSON.stringify({ query, variables }),
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
  } catch {
    throw new Unreachable("The server could not be reached.");
  }
}
