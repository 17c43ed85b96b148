// The keys of labelling: a digit decides, letters choose, Enter decides, "/" opens the list of all labels.
"use strict";

(() => {
  const form = document.getElementById("deciding");
  const all = document.getElementById("all");
  let sent = false;

  const writes = (target) => target.closest("input:not([type=checkbox], [type=radio]), select, textarea");

  function submit(button) {
    if (!button || sent) return;
    sent = true;
    button.form.requestSubmit(button);
  }

  const decide = () => submit(form.querySelector("button[name=decide]"));

  function guide(value) {
    const found = document.querySelector(`[data-guide="${value}"]`);
    if (!found) return;
    for (const each of document.querySelectorAll(".guides .lit")) each.classList.remove("lit");
    found.open = true;
    found.classList.add("lit");
    found.scrollIntoView({ block: "nearest" });
  }

  function choose(main) {
    const chosen = form.querySelector("input[name=first]:checked");
    const also = main.closest("tr").querySelector("input[name=also]");
    all.open = true;
    if (!chosen) main.checked = true;
    else if (chosen !== main && also) also.checked = !also.checked;
    else chosen.checked = false;
    main.closest("tr").scrollIntoView({ block: "nearest" });
    guide(main.value);
  }

  function press(key) {
    const button = document.querySelector(`button[data-key="${CSS.escape(key)}"]`);
    if (button) submit(button);
    else if (!form) return false;
    else if (key === "/") { all.open = true; field.focus(); }
    else if (key === "Enter" && form.querySelector("input[name=first]:checked")) decide();
    else {
      const main = form.querySelector(`input[data-letter="${CSS.escape(key)}"]`);
      if (!main) return false;
      choose(main);
    }
    return true;
  }

  // Typing narrows the list; Enter takes the first of what is left.
  const field = document.createElement("input");

  function fold(text) {
    return text.normalize("NFD").replace(/[\u0300-\u036f]/g, "").toLowerCase();
  }

  const rows = () => [...form.querySelectorAll(".all tbody tr, .acts .scrolled label")];

  function narrow() {
    const wanted = fold(field.value).split(/\s+/);
    if (field.value) for (const each of form.querySelectorAll(".all")) each.open = true;
    for (const row of rows()) {
      const label = fold(row.textContent);
      row.hidden = !wanted.every((word) => label.includes(word));
    }
  }

  if (form) {
    field.type = "search";
    field.className = "narrowing";
    field.placeholder = all.dataset.narrow;
    field.setAttribute("aria-label", all.dataset.narrow);
    field.addEventListener("input", narrow);
    field.addEventListener("keydown", (event) => {
      if (event.key === "Escape") field.blur();
      if (event.key !== "Enter") return;
      event.preventDefault();
      const first = rows().find((row) => !row.hidden);
      if (first && field.value) {
        first.querySelector("input[type=radio]").checked = true;
        decide();
      }
    });
    all.querySelector("summary").after(field);
    form.addEventListener("change", (event) => {
      if (event.target.name === "first") guide(event.target.value);
    });
    document.querySelector("[data-text]").addEventListener("mouseup", () => {
      const marked = String(getSelection()).trim();
      const free = [...form.querySelectorAll("input[name=said]")].find((each) => !each.value);
      if (!marked || !free) return;
      free.value = marked;
      free.closest("details").open = true;
    });
  }

  // Before the keys of the console see them.
  window.addEventListener("keydown", (event) => {
    const help = document.getElementById("keys");
    if (event.ctrlKey || event.altKey || event.metaKey || event.isComposing || writes(event.target)) return;
    if (help && help.open) return;
    if (event.key === "Enter" && event.target.closest("button, a, summary")) return;
    if (!press(event.key)) return;
    event.preventDefault();
    event.stopPropagation();
  }, true);
  window.addEventListener("pageshow", () => { sent = false; });
})();
