/* In the frame of another site: Escape closes it, and what is not of the frame opens beside that site. */
"use strict";

addEventListener("keydown", (event) => {
  if (event.key === "Escape" && !event.isComposing) parent.postMessage("portevoix:close", "*");
});

addEventListener("click", (event) => {
  const link = event.target.closest?.("a[href]");
  if (!link || link.pathname === "/widget" || link.pathname.startsWith("/widget/")) return;
  link.target = "_blank";
  link.rel = "noopener";
}, true);
