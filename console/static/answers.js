// Looks for new lines, says who else is here, and puts a ready answer where the cursor stands; without it, links do.
"use strict";

const talk = document.querySelector("[data-refresh]");
const panel = document.querySelector("[data-presence]");
const field = document.getElementById("answer-text");
const LOOKS = 5000;
const SOON = 1000;
const STAMPS = 20000;
let typedAt = 0;
let stale = false;

async function fetched(url, options) {
  const response = await fetch(url, { credentials: "same-origin", ...options });
  if (!response.ok || response.redirected) throw new Error(String(response.status));
  return response.text();
}

const writing = () => field && (field.value !== "" || document.activeElement === field);
const hands = () => talk.querySelector("[data-hands]").dataset.hands;

async function look() {
  if (document.hidden) return;
  const before = hands();
  const shown = await fetched(talk.dataset.refresh);
  const box = talk.closest(".transcript");
  if (shown !== talk.dataset.shown) tell(box, shown);
  stale ||= hands() !== before;
  if (stale && !writing()) location.replace(box.querySelector(".refresh").href);
}

function tell(box, shown) {
  const atEnd = box.scrollHeight - box.scrollTop - box.clientHeight < 80;
  talk.innerHTML = shown;
  talk.dataset.shown = shown;
  if (atEnd) box.scrollTop = box.scrollHeight;
}

async function stamp() {
  if (document.hidden) return;
  const writes = Date.now() - typedAt < STAMPS * 1.5 ? "1" : "";
  const body = new URLSearchParams({ token: panel.dataset.token, writes });
  panel.querySelector(".presence").innerHTML = await fetched(panel.dataset.presence, { method: "POST", body });
}

function quietly(work) {
  return () => work().catch(() => {});
}

if (talk) {
  const box = talk.closest(".transcript");
  box.scrollTop = box.scrollHeight;
  setInterval(quietly(look), hands() === "changing" ? SOON : LOOKS);
}
if (panel) {
  setInterval(quietly(stamp), STAMPS);
  quietly(stamp)();
}
if (field) {
  field.addEventListener("input", () => {
    const first = typedAt === 0;
    typedAt = Date.now();
    if (first) quietly(stamp)();
  });
  panel.addEventListener("click", (event) => {
    const link = event.target.closest("[data-insert]");
    if (!link) return;
    event.preventDefault();
    field.setRangeText(link.dataset.insert, field.selectionStart, field.selectionEnd, "end");
    field.focus();
  });
}
