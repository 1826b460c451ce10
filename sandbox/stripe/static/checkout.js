// Comfort for the checkout page, which works without it: test cards fill the form in place, and
// inside a frame the page tells its height and its end to the stripe.js stand-in around it.
const number = document.querySelector("input[name=number]");
const chips = [...document.querySelectorAll(".chips a")];
for (const chip of chips) {
  chip.addEventListener("click", (event) => {
    event.preventDefault();
    number.value = chip.dataset.number;
    for (const each of chips) each.toggleAttribute("aria-current", each === chip);
    const cardMethod = document.querySelector("input[name=method][value=card]");
    if (cardMethod) cardMethod.checked = true;
  });
}

if (window.parent !== window) {
  const tell = (message) => window.parent.postMessage({ sandbox: "stripe", ...message }, "*");
  new ResizeObserver(() => tell({ height: document.documentElement.offsetHeight })).observe(
    document.documentElement,
  );
  const end = document.querySelector("[data-complete]");
  if (end) tell({ complete: true, redirect: end.dataset.redirect || null });
}
