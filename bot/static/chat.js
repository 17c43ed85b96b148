/* Sends without leaving the page and listens for what is said; without it every button and field still works. */
"use strict";

const compose = document.getElementById("compose");
const field = document.getElementById("text");
const state = document.getElementById("state");
const typing = document.getElementById("typing");
const lines = document.querySelector("#log .lines");
const says = compose.dataset;
const DRAFT = "portevoix-draft";
const picker = document.getElementById("file");
const chosenList = document.getElementById("chosen");
let chosen = [];
let stream = null;
let last = says.last;
let queue = Promise.resolve();
let patience = 0;

/* ---- what is kept on this side ---- */

function newKey() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

function keepDraft() {
  try {
    if (field.value) sessionStorage.setItem(DRAFT, field.value);
    else sessionStorage.removeItem(DRAFT);
  } catch { /* Storage may be closed to us: the field itself still holds the text. */ }
}

function findDraft() {
  try { return sessionStorage.getItem(DRAFT) || ""; } catch { return ""; }
}

function tell(text, wrong = false) {
  if (state.textContent === text) return;
  state.textContent = text;
  state.classList.toggle("error", wrong);
  makeRoom();
}

function makeRoom() {
  document.documentElement.style.scrollPaddingBottom = `${compose.offsetHeight + 16}px`;
}

/* ---- the files that go with the next message ---- */

function choose(files) {
  const wrong = faultsOf([...chosen, ...files], says);
  const most = Number(says.atOnce);
  chosen = [...chosen, ...files.filter((file) => !faultsOf([file], says).length)].slice(0, most);
  showChosen();
  tell(wrong.join("\n"), wrong.length > 0);
}

function showChosen() {
  chosenList.replaceChildren(...chosen.map(chosenItem));
  chosenList.hidden = !chosen.length;
  makeRoom();
}

function chosenItem(file) {
  const item = fileItem(file);
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = "×";
  button.setAttribute("aria-label", says.remove.replace("{name}", file.name));
  button.addEventListener("click", () => {
    chosen = chosen.filter((other) => other !== file);
    showChosen();
    picker.focus();
  });
  item.append(button);
  return item;
}

function fileItem(file) {
  const item = document.createElement("li");
  const name = document.createElement("span");
  const weight = document.createElement("span");
  item.dir = "auto";
  name.className = "name";
  name.textContent = file.name;
  weight.className = "weight";
  weight.textContent = weightOf(file.size);
  item.append(name, " ", weight);
  return item;
}

/* ---- lines on the screen ---- */

function closeChoices(pressed) {
  for (const button of document.querySelectorAll(".choices button")) {
    if (button === pressed) button.setAttribute("aria-pressed", "true");
    button.disabled = true;
  }
}

function openChoices(form) {
  for (const button of form.querySelectorAll("button")) {
    button.disabled = false;
    button.removeAttribute("aria-pressed");
  }
}

function clock() {
  const at = new Date().toLocaleTimeString("en-GB", { timeZone: "Europe/Paris", hour: "2-digit", minute: "2-digit" });
  return document.documentElement.lang === "fr" ? at.replace(/^0/, "").replace(":", " h ") : at;
}

function offerCopy(line) {
  if (!navigator.clipboard || !line.matches(".letter") || line.querySelector(".copy")) return;
  const button = document.createElement("button");
  button.type = "button";
  button.className = "copy";
  button.textContent = says.copy;
  button.addEventListener("click", async () => {
    const [, ...letter] = Array.from(line.querySelector(".said").children, (block) => block.innerText);
    await navigator.clipboard.writeText(letter.join("\n\n"));
    tell(says.copied);
  });
  line.append(button);
}

function echo(message) {
  const line = document.createElement("li");
  const who = document.createElement("p");
  const said = document.createElement("div");
  line.className = "line you sending";
  line.dataset.key = message.key;
  who.className = "who";
  who.textContent = `${says.you} · ${clock()}`;
  said.className = "said";
  said.dir = "auto";
  said.textContent = message.shown;
  line.append(who, ...(message.shown ? [said] : []));
  if (message.files?.length) {
    const list = document.createElement("ul");
    list.className = "files";
    list.append(...message.files.map(fileItem));
    line.append(list);
  }
  lines.append(line);
  line.scrollIntoView({ block: "nearest" });
  return line;
}

function expectAnswer(wanted) {
  typing.hidden = !wanted;
  clearTimeout(patience);
  if (!wanted) return;
  typing.scrollIntoView({ block: "nearest" });
  patience = setTimeout(() => { typing.hidden = true; tell(says.waiting); }, 12000);
}

function show(event) {
  const line = JSON.parse(event.data);
  last = event.lastEventId || last;
  const known = document.getElementById(`l${line.id}`);
  const mine = line.key && lines.querySelector(`[data-key="${CSS.escape(line.key)}"]`);
  if (known) return;
  if (mine) {
    mine.id = `l${line.id}`;
    mine.classList.remove("sending", "unsent");
    mine.querySelector(".why")?.remove();
    return;
  }
  const follows = lines.lastElementChild?.matches(".line.you") && document.documentElement.scrollHeight - scrollY - innerHeight < 400;
  if (line.who !== "you") closeChoices();
  const parsed = new DOMParser().parseFromString(line.html, "text/html").querySelector("li");
  lines.append(parsed);
  if (line.who === "you") return;
  document.getElementById("pending")?.remove();
  expectAnswer(false);
  tell("");
  offerCopy(parsed);
  if (follows) parsed.scrollIntoView({ block: "start" });
  if (line.page !== document.documentElement.lang) changeLanguage(line.id);
}

function changeLanguage(id) {
  keepDraft();
  try {
    if (sessionStorage.getItem("portevoix-turned") === String(id)) return;
    sessionStorage.setItem("portevoix-turned", String(id));
    location.reload();
  } catch { /* Without storage we could reload for ever, so the page keeps its language. */ }
}

/* ---- to and from the server ---- */

function listen() {
  if (stream && stream.readyState !== EventSource.CLOSED) return;
  stream = new EventSource(`${says.events}?after=${encodeURIComponent(last)}`);
  let lost = false;
  stream.addEventListener("line", show);
  stream.addEventListener("erased", () => location.reload());
  stream.onopen = () => { if (lost) tell(says.found); lost = false; };
  stream.onerror = () => {
    if (stream.readyState === EventSource.CLOSED) setTimeout(listen, 5000);
    if (!lost) tell(says.lost);
    lost = true;
  };
}

async function post(message) {
  const line = message.line;
  line.classList.add("sending");
  line.classList.remove("unsent");
  line.querySelector(".why")?.remove();
  tell(says.sending);
  const answer = message.files?.length ? await postFiles(message) : await postWords(message);
  if (answer?.cancelled) {
    giveBack(message, says.cancelled);
    return;
  }
  if (answer?.ok) {
    line.classList.remove("sending");
    tell("");
    if (line.matches(":last-child")) expectAnswer(true);
    listen();
    return;
  }
  if (answer && answer.status < 500) {
    const problem = await answer.json().catch(() => ({}));
    giveBack(message, problem.problem || says.failed);
    return;
  }
  offerRetry(message);
}

async function postWords(message) {
  const body = new URLSearchParams({ key: message.key, [message.kind]: message.value });
  try {
    return await fetch(compose.action, { method: "POST", body, headers: { Accept: "application/json" } });
  } catch { /* No network: the same as no answer. */
    return null;
  }
}

async function postFiles(message) {
  const body = new FormData();
  let cancelled = false;
  body.append("key", message.key);
  body.append("text", message.value);
  for (const file of message.files) body.append("file", file);
  const sending = upload(compose.action, body, { Accept: "application/json" }, (part) => bar.show(part));
  const bar = progressBar(says, () => { cancelled = true; sending.cancel(); });
  bar.show(0);
  message.line.append(bar.block);
  bar.block.scrollIntoView({ block: "nearest" });
  const { status, responseText } = await sending.ended;
  bar.block.remove();
  if (!status) return cancelled ? { cancelled } : null;
  return { ok: status < 300, status, json: async () => JSON.parse(responseText) };
}

function giveBack(message, problem) {
  message.line.remove();
  chosen = [...(message.files || []), ...chosen];
  showChosen();
  if (message.form) openChoices(message.form);
  else field.value = field.value ? `${message.value}\n${field.value}` : message.value;
  keepDraft();
  tell(problem, true);
  field.focus();
}

function offerRetry(message) {
  const why = document.createElement("p");
  const again = document.createElement("button");
  why.className = "why";
  why.textContent = says.failed;
  again.className = "retry";
  again.type = "button";
  again.textContent = says.retry;
  again.addEventListener("click", () => { send(message); field.focus(); });
  why.append(again);
  message.line.classList.remove("sending");
  message.line.classList.add("unsent");
  message.line.append(why);
  tell(says.failed, true);
  message.line.scrollIntoView({ block: "nearest" });
}

function send(message) {
  message.line ||= echo(message);
  queue = queue.then(() => post(message));
}

/* ---- the person's hands ---- */

compose.addEventListener("submit", (event) => {
  event.preventDefault();
  const text = field.value;
  if (!text.trim() && !chosen.length) { tell(says.empty, true); field.focus(); return; }
  const files = chosen;
  field.value = "";
  chosen = [];
  keepDraft();
  showChosen();
  send({ key: newKey(), kind: "text", value: text, shown: text.trim(), files });
  field.focus();
});

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!form.matches(".choices") || !event.submitter) return;
  event.preventDefault();
  const button = event.submitter;
  closeChoices(button);
  send({ key: newKey(), kind: "choice", value: button.value, shown: button.textContent, form });
  field.focus({ preventScroll: true });
});

field.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
  if (matchMedia("(pointer: coarse)").matches) return;
  event.preventDefault();
  compose.requestSubmit();
});
field.addEventListener("input", () => {
  keepDraft();
  if (state.classList.contains("error")) tell("");
});

field.addEventListener("paste", (event) => {
  if (!event.clipboardData.files.length) return;
  event.preventDefault();
  choose([...event.clipboardData.files]);
});
picker.addEventListener("change", () => {
  choose([...picker.files]);
  picker.value = "";
});

compose.classList.add("scripted");
document.getElementById("hint").hidden = false;
if (!field.value) field.value = findDraft();
for (const line of lines.querySelectorAll(".letter")) offerCopy(line);
new ResizeObserver(makeRoom).observe(compose);
if (says.listening === "yes") {
  listen();
  const newest = lines.querySelector("#reponse") || lines.lastElementChild;
  newest?.scrollIntoView({ block: "start" });
}
addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });
