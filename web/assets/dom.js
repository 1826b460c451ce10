/** Builds elements from data; text always goes in as text nodes, never as markup. */

/**
 * Make an element. `on…` properties are listeners, `class` is the class name, the rest are
 * attributes; null, undefined and false leave an attribute out. Children may be nodes, text,
 * nested arrays, or empty values.
 */
export function h(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) setProperty(element, name, value);
  element.append(...children.flat(Infinity).filter(isPresent));
  return element;
}

/** Put new content in place of an element's old content. */
export function fill(element, ...children) {
  element.replaceChildren(...children.flat(Infinity).filter(isPresent));
}

export function byId(id) {
  return document.getElementById(id);
}

/** Tell a change of state to screen readers, which read nothing beside an open dialog. */
export function announce(text) {
  (document.querySelector("dialog[open] > [role=status]") ?? byId("live")).textContent = text;
}

/** Name the page's state in the heading and the window's title, and move the focus there. */
export function retitle(text, { focus = false } = {}) {
  const title = byId("title");
  title.textContent = text;
  document.title = `${text} · SessionPay`;
  if (focus) title.focus();
}

/** The URL if a link may lead there (http, https, or a path of this site), else null. */
export function safeUrl(url) {
  try {
    const parsed = new URL(url, location.href);
    return ["http:", "https:"].includes(parsed.protocol) ? parsed.href : null;
  } catch {
    return null;
  }
}

export function linkButton(href, label, look = "primary") {
  return h("a", { class: `button button-${look}`, href }, label);
}

/** A button that cannot be pressed twice while its asynchronous action runs. */
export function actionButton(label, action, look = "primary") {
  const button = h("button", { class: `button button-${look}`, type: "button" }, label);
  button.addEventListener("click", async () => {
    if (button.getAttribute("aria-disabled") === "true") return;
    // aria-disabled and not disabled: a disabled button would drop the keyboard focus.
    button.setAttribute("aria-disabled", "true");
    try {
      await action();
    } finally {
      button.removeAttribute("aria-disabled");
    }
  });
  return button;
}

function setProperty(element, name, value) {
  if (value === null || value === undefined || value === false) return;
  if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
  else if (name === "class") element.className = value;
  else if (name === "href") setHref(element, value);
  else element.setAttribute(name, value === true ? "" : value);
}

function setHref(element, url) {
  const safe = safeUrl(url);
  if (safe !== null) element.setAttribute("href", safe);
}

function isPresent(child) {
  return child !== null && child !== undefined && child !== false && child !== "";
}
