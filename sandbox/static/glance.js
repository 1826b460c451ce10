/** One row that tells at a glance how each service fares, and leads to what it holds. */

import { fill, h } from "/assets/dom.js";
import { chip } from "./cells.js";
import { serviceName } from "./names.js";

/** Returns the function that shows another state of the sandbox. */
export function glance(place) {
  const links = new Map();
  const list = h("ul", { class: "glance", role: "list" });
  fill(place, list);
  return (state) => {
    for (const { name, label, target, count, sign } of entries(state)) {
      if (!links.has(name)) links.set(name, addLink(list));
      const link = links.get(name);
      // What holds nothing has no section to lead to.
      if (count > 0) link.setAttribute("href", `#${target}-title`);
      else link.removeAttribute("href");
      fill(link, label, h("span", { class: "glance-count" }, count), sign);
    }
  };
}

function addLink(list) {
  const link = h("a", {});
  list.append(h("li", {}, link));
  return link;
}

function entries({ troubles, checkouts, mails, standins, faults }) {
  const open = troubles.filter(({ resolved }) => !resolved);
  const givenUp = open.filter(({ final }) => final).length;
  const services = [
    { name: "stripe", target: "checkouts", count: checkouts.length },
    { name: "mail", target: "mails", count: mails.length },
    ...standins.map(({ name, things }) => ({ name, target: name, count: things.length })),
  ];
  return [
    {
      name: "troubles", label: "Open troubles", target: "troubles", count: open.length,
      sign: givenUp > 0 && chip(`${givenUp} given up`, "bad"),
    },
    ...services.map((service) => ({
      ...service, label: serviceName(service.name), sign: signOf(service.name, faults),
    })),
  ];
}

function signOf(name, { down, planned }) {
  if (down[name]) return chip("Down", "bad");
  const kinds = Object.entries(planned).flatMap(([call, plan]) => (call.split(".")[0] === name ? plan : []));
  return kinds.length > 0 && chip(`${kinds.length} planned`, "warn");
}
