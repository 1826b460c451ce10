/** Countries in which hosts can be paid, and what Stripe wants to know of them, in words; pure. */

// Those in which Stripe transfers money to accounts.
const COUNTRIES =
  "AE AT AU BE BG BR CA CH CY CZ DE DK EE ES FI FR GB GI GR HK HR HU IE IT JP LI LT LU LV MT MX NL NO NZ PL PT RO SE SG SI SK TH US";

/** What a requirement is about, by parts of its name in either of Stripe's APIs. */
const REQUIREMENTS = [
  [/external_account|bank/, "A bank account to be paid into"],
  [/tos_acceptance|terms_of_service/, "Your agreement to Stripe's terms"],
  [/dob|date_of_birth/, "Your date of birth"],
  [/document/, "A picture of an identity document"],
  [/first_name|given_name|last_name|surname/, "Your name"],
  [/id_number|ssn|tax_id/, "Your identity or tax number"],
  [/address/, "Your address"],
  [/email/, "Your e-mail address"],
  [/phone/, "Your phone number"],
  [/business_type|entity_type/, "Whether you are a person or a company"],
  [/business_profile|mcc|product_description/, "What you offer"],
];

/** `[code, name]` of each country, by name. */
export function payoutCountries() {
  const names = new Intl.DisplayNames(["en"], { type: "region" });
  const countries = COUNTRIES.split(" ").map((code) => [code, names.of(code)]);
  return countries.toSorted(([, one], [, next]) => one.localeCompare(next, "en"));
}

/** What is wanted, each thing once; what has no words here keeps Stripe's own. */
export function requirementsInWords(requirements) {
  return [...new Set(requirements.map(inWords))];
}

function inWords(requirement) {
  const known = REQUIREMENTS.find(([pattern]) => pattern.test(requirement));
  if (known) return known[1];
  const words = requirement.split(".").slice(-2).join(" ").replaceAll("_", " ");
  return words.charAt(0).toUpperCase() + words.slice(1);
}
