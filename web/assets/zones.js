/** The choice of the time zone in which times are shown. */

import { fill, h } from "./dom.js";
import { icon } from "./icons.js";
import { readableZone, zoneNames, zoneWithOffset } from "./time.js";

/** A labelled select of all zones; `onChange(zone)` is told of another choice. */
export function zoneSelect(chosen, onChange) {
  const select = h("select", { class: "select", id: "zone" }, options(chosen));
  select.addEventListener("change", () => {
    const zone = select.value;
    fill(select, options(zone));
    onChange(zone);
  });
  return h(
    "div",
    { class: "zone" },
    h("label", { for: "zone", class: "zone-label" }, icon("globe"), "Time zone"),
    select,
  );
}

/** Continents as groups; zones without one (UTC) come first; the chosen one shows its offset. */
function options(chosen) {
  const names = zoneNames(chosen);
  const regions = [...new Set(names.map(regionOf))].sort();
  return regions.map((region) => {
    const own = names.filter((zone) => regionOf(zone) === region);
    const choices = own.map((zone) => option(zone, chosen));
    return region === "" ? choices : h("optgroup", { label: region }, choices);
  });
}

/** The chosen one shows its offset of today; working it out for all would be slow. */
function option(zone, chosen) {
  const isChosen = zone === chosen;
  const label = isChosen ? zoneWithOffset(zone) : readableZone(zone);
  return h("option", { value: zone, selected: isChosen }, label);
}

function regionOf(zone) {
  return zone.includes("/") ? zone.split("/")[0] : "";
}
