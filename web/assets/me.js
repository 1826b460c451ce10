/** The signed-in user, asked for once a page. */

import { SignInNeeded, graphql } from "./api.js";
import { ME } from "./documents.js";

let asking = null;

/** `me` of the API, or null when nobody is signed in. */
export function loadMe() {
  asking ??= ask();
  return asking;
}

async function ask() {
  try {
    return (await graphql(ME)).me;
  } catch (error) {
    if (error instanceof SignInNeeded) return null;
    asking = null;
    throw error;
  }
}
