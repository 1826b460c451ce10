/** Asks again, ever more slowly, until the answer is final or the patience is used up. */

import { Unreachable } from "./api.js";

const DELAYS_MS = [500, 1000, 1500, 2000, 3000, 4000, 6000, 8000];
const PATIENCE_MS = 60_000;

/**
 * Call `ask` and `show` its answer until `isFinal` of it; false when the patience (a minute, if
 * not given in milliseconds) is used up. A lost connection counts as an answer that is not final,
 * and is thrown if it is the last.
 */
export async function poll(ask, isFinal, show, patience = PATIENCE_MS) {
  const started = performance.now();
  for (let attempt = 0; ; attempt += 1) {
    const isLast = performance.now() - started > patience;
    try {
      const answer = await ask();
      show(answer);
      if (isFinal(answer)) return true;
    } catch (error) {
      if (isLast || !(error instanceof Unreachable)) throw error;
    }
    if (isLast) return false;
    await pause(DELAYS_MS[Math.min(attempt, DELAYS_MS.length - 1)]);
  }
}

function pause(milliseconds) {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
