// Lights a value and the words it came from together; without it, the links between them do.
"use strict";

const root = document.querySelector(".sides");

function lit(field, on) {
  field.classList.toggle("lit", on);
  for (const mark of document.querySelectorAll(`mark[data-fields~="${field.id}"]`)) mark.classList.toggle("lit", on);
}

function dark() {
  for (const each of document.querySelectorAll(".lit")) each.classList.remove("lit");
}

function bringIntoView(panel, within) {
  const box = panel.getBoundingClientRect();
  const place = within.getBoundingClientRect();
  const scrolls = panel.scrollHeight > panel.clientHeight + 1;
  if (scrolls && (place.top < box.top || place.bottom > box.bottom)) {
    panel.scrollTop += place.top - box.top - box.height / 3;
  }
}

function show(target, follow) {
  const field = target.closest(".field[data-words]");
  const mark = target.closest("mark");
  if (!field && !mark) return;
  dark();
  if (field) {
    lit(field, true);
    const first = document.querySelector(`mark[data-fields~="${field.id}"]`);
    if (first && follow) bringIntoView(first.closest(".transcript"), first);
  } else {
    for (const id of mark.dataset.fields.trim().split(/\s+/)) {
      const found = document.getElementById(id);
      if (found) lit(found, true);
    }
  }
}

if (root) {
  root.addEventListener("pointerover", (event) => show(event.target, false));
  root.addEventListener("pointerleave", dark);
  root.addEventListener("focusin", (event) => show(event.target, true));
  root.addEventListener("click", (event) => show(event.target, true));
  document.addEventListener("keydown", (event) => { if (event.key === "Escape") dark(); });
}
