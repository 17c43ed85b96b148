// Keeps what is typed about a case while its page is left for another act; the tab forgets it once sent, or logged out.
"use strict";

(() => {
  const BEGINS = "draft ";
  const name = document.querySelector(".top .who .name")?.textContent;
  const fields = [...document.querySelectorAll('form[action*="/cases/"] textarea, form[action*="/conversations/"] textarea')];
  const keyOf = (field) => `${BEGINS}${field.form.getAttribute("action")} ${field.name}`;
  const drafts = () => Object.keys(sessionStorage).filter((key) => key.startsWith(BEGINS));
  const forget = () => drafts().forEach((key) => sessionStorage.removeItem(key));
  const read = (key) => JSON.parse(sessionStorage.getItem(key));

  function keep(field, was, sent = false) {
    if (field.value === was) sessionStorage.removeItem(keyOf(field));
    else sessionStorage.setItem(keyOf(field), JSON.stringify({ name, was, sent, text: field.value }));
  }

  function restore(key) {
    const draft = read(key);
    const field = fields.find((one) => keyOf(one) === key);
    const shown = field?.defaultValue;
    if ((name && draft.name !== name) || (draft.sent && shown !== draft.text)) sessionStorage.removeItem(key);
    else if (shown === draft.was || shown === draft.text) {
      field.value = draft.text;
      keep(field, draft.was);
      const folded = field.closest("details");
      if (folded) folded.open = true;
    }
  }

  drafts().forEach(restore);
  for (const field of fields) {
    field.addEventListener("input", () => keep(field, read(keyOf(field))?.was ?? field.defaultValue));
  }
  document.addEventListener("submit", ({ target }) => {
    if (target.getAttribute("action")?.endsWith("/logout")) forget();
    for (const field of target.querySelectorAll("textarea")) {
      if (fields.includes(field)) keep(field, read(keyOf(field))?.was ?? field.defaultValue, true);
    }
  });
})();
