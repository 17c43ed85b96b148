// The keys of the console. They do nothing in fields, nor while Ctrl, Alt or the command key is held.
"use strict";

(() => {
  const root = document.currentScript.dataset.root;
  const help = document.getElementById("keys");
  const GO = { h: "/", c: "/cases", p: "/problems" };
  const PATIENCE = 1500;
  let went = 0;

  const writes = (target) => target.closest("input:not([type=checkbox]), select, textarea, [contenteditable]");
  const rows = () => [...document.querySelectorAll("main tbody tr")].filter((row) => row.querySelector("th a[href]"));
  const here = () => document.activeElement.closest("main tbody tr");

  function move(step) {
    const all = rows();
    const at = all.indexOf(here());
    const next = all[at < 0 ? (step > 0 ? 0 : all.length - 1) : Math.min(Math.max(at + step, 0), all.length - 1)];
    if (!next) return;
    next.querySelector("th a[href]").focus();
    next.scrollIntoView({ block: "nearest" });
  }

  function go(path) {
    document.querySelector(`.top nav a[href="${root}${path}"]`)?.click();
  }

  function search() {
    const field = document.querySelector("main input[name=q]");
    if (field) field.select();
    else go("/cases");
  }

  function press(key) {
    const afterG = Date.now() - went < PATIENCE;
    went = key === "g" ? Date.now() : 0;
    if (afterG && GO[key]) go(GO[key]);
    else if (key === "j") move(1);
    else if (key === "k") move(-1);
    else if (key === "o") here()?.querySelector("th a[href]")?.click();
    else if (key === "x") here()?.querySelector("input[type=checkbox]")?.click();
    else if (key === "/") search();
    else if (key === "?") help.showModal();
    else return key === "g";
    return true;
  }

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey || event.isComposing || writes(event.target)) return;
    if (help.open) {
      if (event.key === "?") help.close();
    } else if (press(event.key)) {
      event.preventDefault();
    }
  });
})();
