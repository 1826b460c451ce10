/** How the stand-ins, and what can go wrong at them, are called for people. */

import { inWords } from "./format.js";

const SERVICES = {
  stripe: "Stripe", mail: "Mail server", smtp: "Mail server",
  calcom: "Cal.com", google: "Google Calendar", calendly: "Calendly", zoom: "Zoom",
  daily: "Daily", telegram: "Telegram", sendgrid: "SendGrid", supabase: "Supabase",
};

/** What each kind of fault means to whoever calls. */
export const FAULTS = {
  fail: "Answered with error 500; nothing is done.",
  refuse: "Refused for good, in the service's own words, as when a time is taken.",
  delay: "Answered as usual, but only after so many seconds.",
  lose_answer: "Done, yet answered with error 500: the caller cannot know.",
  hang: "Done, then silence for so many seconds: the caller gives up waiting.",
  unauthorized: "Answered as to a wrong key, with error 401.",
  rate_limit: "One call too many: error 429, to be asked again after so many seconds.",
  malformed: "Answered with status 200 and rubbish; nothing is done.",
};

/** `Cal.com`, or `Cal.com: book` for one of its operations. */
export function serviceName(code) {
  const [service, operation] = code.split(".");
  const name = SERVICES[service] ?? inWords(service);
  return operation ? `${name}: ${inWords(operation).toLowerCase()}` : name;
}
