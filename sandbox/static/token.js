/** The panel that gives out a demo user's access token. */

import { fill, h } from "/assets/dom.js";
import { button } from "./actions.js";
import { session } from "./api.js";

const USERS = [["1", "Demo Client"], ["2", "Rival Client"]];
const QUERY = '{"query":"{ me { name email } }"}';

export function tokenPanel(place) {
  const id = "token-user";
  const user = h("select", { class: "select", id }, USERS.map(([value, name]) => h("option", { value }, name)));
  const token = async () => (await session(user.value)).accessToken;
  fill(
    place,
    h("div", { class: "field" }, h("label", { for: id }, "User"), user),
    h("div", { class: "panel-row" },
      button("Copy token", async () => copy(await token())),
      button("Copy command", async () => copy(command(await token())))),
    h("pre", { class: "code", tabindex: "0" }, command("…")),
    h("p", { class: "muted small" }, "A token is good for an hour of real time. It is an ES256 JWT, checked like Supabase's."),
  );
}

async function copy(text) {
  await navigator.clipboard.writeText(text);
}

function command(token) {
  return [
    `curl -s ${location.origin}/graphql \\`,
    `  -H 'Authorization: Bearer ${token}' \\`,
    "  -H 'Content-Type: application/json' \\",
    `  -d '${QUERY}'`,
  ].join("\n");
}
