// A stand-in for https://js.stripe.com that serves the embedded checkout page only.
(() => {
  const root = document.currentScript.src.replace(/\/js\/v3\/?([?#].*)?$/, "");
  let shown = null;

  class EmbeddedCheckoutPage {
    constructor(clientSecret, onComplete) {
      this.onComplete = onComplete;
      this.frame = document.createElement("iframe");
      this.frame.title = "Checkout";
      this.frame.src = `${root}/embedded/${encodeURIComponent(clientSecret)}`;
      this.frame.style.cssText = "width:100%;height:640px;border:0";
      this.hear = (event) => this.heard(event);
    }

    mount(place) {
      const element = typeof place === "string" ? document.querySelector(place) : place;
      if (!element) throw new Error(`There is no element ${place} to mount the checkout in.`);
      window.addEventListener("message", this.hear);
      element.replaceChildren(this.frame);
    }

    unmount() {
      window.removeEventListener("message", this.hear);
      this.frame.remove();
    }

    destroy() {
      this.unmount();
      if (shown === this) shown = null;
    }

    heard({ source, data }) {
      if (source !== this.frame.contentWindow || data?.sandbox !== "stripe") return;
      if (data.height) this.frame.style.height = `${data.height}px`;
      if (!data.complete) return;
      if (data.redirect) window.location.assign(data.redirect);
      else this.onComplete?.();
    }
  }

  window.Stripe = (publishableKey) => {
    if (typeof publishableKey !== "string" || !publishableKey.startsWith("pk_")) {
      throw new Error("Stripe() takes a publishable key, which begins with pk_.");
    }
    return {
      async createEmbeddedCheckoutPage({ fetchClientSecret, onComplete }) {
        if (shown) throw new Error("There is an embedded checkout already: destroy() it first.");
        shown = new EmbeddedCheckoutPage(await fetchClientSecret(), onComplete);
        return shown;
      },
    };
  };
})();
