// The keys of the console. They do nothing in fields, nor while Ctrl, Alt or the command key is held.
"use strict";

const root = document.currentScript.dataset.root;
const help = document.getElementById("keys");
const GO = { h: "/", c: "/cases", p: "/problems" };
const PATIENCE = 1500;
let went = 0;

function writes(element) {
  return element.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(element.tagName);
}

function rows() {
  return [...document.querySelectorAll("main tbody th a[href]")];
}

function move(step) {
  const all = rows();
  const at = all.findIndex((link) => link.closest("tr").contains(document.activeElement));
  const next = all[at < 0 ? (step > 0 ? 0 : all.length - 1) : Math.min(Math.max(at + step, 0), all.length - 1)];
  if (next) {
    next.focus();
    next.closest("tr").scrollIntoView({ block: "nearest" });
  }
}

function open() {
  const row = document.activeElement.closest("main tbody tr");
  const link = row && row.querySelector("th a[href]");
  if (link) link.click();
}

function search() {
  const field = document.querySelector("main input[type=search]");
  if (field) {
    field.focus();
    field.select();
  } else {
    go("/cases");
  }
}

function go(path) {
  const link = document.querySelector(`.top nav a[href="${root}${path}"]`);
  if (link) link.click();
}

function press(key) {
  const afterG = Date.now() - went < PATIENCE;
  went = 0;
  if (afterG && GO[key]) go(GO[key]);
  else if (key === "j") move(1);
  else if (key === "k") move(-1);
  else if (key === "o") open();
  else if (key === "/") search();
  else if (key === "g") went = Date.now();
  else if (key === "?") help.showModal();
  else return false;
  return true;
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.altKey || event.metaKey || event.isComposing || writes(event.target)) return;
  if (help.open) {
    if (event.key === "?") help.close();
    return;
  }
  if (press(event.key)) event.preventDefault();
});
