/* A button in a page of another site, and behind it the chat in a frame of our own. */
(hosts) => {
  "use strict";

  const script = document.currentScript;
  const home = script ? new URL(script.src).origin : "";
  if (!hosts.includes(location.origin)) {
    console.warn(`Portevoix: WIDGET_ORIGINS does not name ${location.origin}, so the chat is not shown here.`);
    return;
  }

  const WORDS = {
    fr: { open: "Signaler un problème avec une plateforme", title: "Conversation avec Portevoix", close: "Fermer" },
    en: { open: "Report a problem with a platform", title: "Conversation with Portevoix", close: "Close" },
  };
  const wanted = script.dataset.langue || document.documentElement.lang;
  const language = wanted.toLowerCase().startsWith("en") ? "en" : "fr";
  const words = WORDS[language];

  const LOOK = `
    :host { all: initial; color-scheme: light dark; font: 16px/1.4 system-ui, "Segoe UI", Roboto, Arial, sans-serif; }
    button { font: inherit; font-weight: 600; min-height: 44px; padding: 8px 16px; border: 2px solid #fff; border-radius: 10px; background: #0b5563; color: #fff; cursor: pointer; }
    button:hover { background: #083f4a; }
    button:focus-visible { outline: 3px solid #b54800; outline-offset: 2px; }
    .open { position: fixed; inset-block-end: 16px; inset-inline-end: 16px; max-width: calc(100vw - 32px); z-index: 2147483000; box-shadow: 0 2px 10px rgb(0 0 0 / .3); }
    dialog { position: fixed; inset: auto 16px 16px auto; box-sizing: border-box; width: min(26rem, calc(100vw - 32px)); height: min(44rem, calc(100dvh - 32px)); max-width: none; max-height: none; margin: 0; padding: 0; border: 1px solid #78898f; border-radius: 12px; overflow: hidden; background: Canvas; color: CanvasText; }
    dialog[open] { display: flex; flex-direction: column; }
    dialog::backdrop { background: rgb(0 0 0 / .35); }
    .bar { display: flex; justify-content: flex-end; padding: 4px 6px; background: #0b5563; }
    iframe { flex: 1; width: 100%; border: 0; background: Canvas; }
    @media (max-width: 30rem), (max-height: 30rem) { dialog { inset: 0; width: 100%; height: 100%; border: 0; border-radius: 0; } }
    @media print { :host { display: none; } }
  `;

  function element(name, properties) {
    return Object.assign(document.createElement(name), properties);
  }

  function build() {
    const place = document.createElement("div");
    const root = place.attachShadow({ mode: "open" });
    const look = new CSSStyleSheet();
    const button = element("button", { type: "button", className: "open", textContent: words.open, lang: language });
    const dialog = element("dialog", { ariaLabel: words.title, lang: language });
    const bar = element("div", { className: "bar" });
    const close = element("button", { type: "button", textContent: words.close });
    const frame = element("iframe", { title: words.title });
    look.replaceSync(LOOK);
    root.adoptedStyleSheets = [look];
    button.setAttribute("aria-haspopup", "dialog");
    button.addEventListener("click", () => {
      if (!frame.isConnected) {
        frame.src = `${home}/widget?langue=${language}`;
        dialog.append(frame);
      }
      dialog.showModal();
      frame.focus();
    });
    close.addEventListener("click", () => dialog.close());
    addEventListener("message", (event) => {
      if (event.source === frame.contentWindow && event.origin === home && event.data === "portevoix:close") dialog.close();
    });
    bar.append(close);
    dialog.append(bar);
    root.append(button, dialog);
    document.body.append(place);
  }

  if (document.body) build();
  else addEventListener("DOMContentLoaded", build);
}
