// Shows the times in the reader's own zone, and tells a framing page that a time was chosen.
const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
const days = document.querySelector(".days");
if (days && zone) {
  const dayName = new Intl.DateTimeFormat("en-GB", { weekday: "long", day: "numeric", month: "long" });
  const timeName = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit" });
  const byDay = new Map();
  for (const button of days.querySelectorAll("button")) {
    const start = new Date(button.value);
    const day = dayName.format(start);
    button.textContent = timeName.format(start);
    button.setAttribute("aria-label", `${day}, ${button.textContent}`);
    byDay.set(day, [...(byDay.get(day) ?? []), button]);
  }
  const sections = [...byDay].map(([day, buttons]) => {
    const heading = document.createElement("h2");
    heading.textContent = day;
    const times = document.createElement("div");
    times.className = "times";
    times.append(...buttons);
    const section = document.createElement("section");
    section.append(heading, times);
    return section;
  });
  if (sections.length) days.replaceChildren(...sections);
  document.querySelector("input[name=timezone]").value = zone;
  document.querySelector(".zone").textContent = `Press a time. Times are in ${zone}.`;
}

const scheduled = document.querySelector("[data-invitee]");
if (scheduled && window.parent !== window) {
  const payload = {
    event: { uri: scheduled.dataset.event },
    invitee: { uri: scheduled.dataset.invitee },
  };
  // Nothing in it is secret: whoever hears it must ask Calendly with a token of their own.
  window.parent.postMessage({ event: "calendly.event_scheduled", payload }, "*");
}
