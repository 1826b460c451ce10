/** The panel that gives out a demo user's access token. */

import { fill, h } from "/assets/dom.js";
import { button } from "./actions.js";
import { session, users } from "./api.js";
import { choice, offer } from "./fields.js";

const QUERY = '{"query":"{ me { name email } }"}';

export function tokenPanel(place) {
  const user = choice("User");
  const token = async () => (await session(user.input.value)).accessToken;
  fill(
    place,
    user.field,
    h("div", { class: "panel-row" },
      button("Copy token", async () => copy(await token())),
      button("Copy command", async () => copy(command(await token())))),
    h("pre", { class: "code", tabindex: "0" }, command("…")),
    h("p", { class: "muted small" }, "A token is good for an hour of real time. It is an ES256 JWT, checked like Supabase's."),
  );
  offerUsers(user.input);
}

async function offerUsers(select) {
  const everybody = await users().catch(() => [{ number: 1, name: "Demo Client" }]);
  offer(select, everybody.map(({ number, name, isHost }) => [number, isHost ? `${name} (host)` : name]));
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
