/* Shows how far the files of the form are; without files, and without this, the browser sends the form itself. */
"use strict";

const sheet = document.getElementById("sheet");
const says = sheet.dataset;

function tell(problem) {
  const state = document.getElementById("state");
  state.textContent = problem;
  state.classList.toggle("error", Boolean(problem));
}

/* The page that came back, with the files that were chosen: only the browser has those. */
function showAgain(html, chosen) {
  const fresh = new DOMParser().parseFromString(html, "text/html");
  const main = fresh.getElementById("main");
  const about = main.querySelector("#file").getAttribute("aria-describedby");
  main.querySelector("#file").replaceWith(chosen);
  chosen.setAttribute("aria-describedby", about);
  document.title = fresh.title;
  document.getElementById("main").replaceWith(main);
  main.focus();
}

async function send(form, chosen) {
  const sending = upload(form.action, new FormData(form), {}, (part) => bar.show(part));
  const bar = progressBar(says, () => sending.cancel());
  const button = form.querySelector(".button");
  button.disabled = true;
  document.getElementById("state").after(bar.block);
  bar.show(0);
  const answer = await sending.ended;
  bar.block.remove();
  button.disabled = false;
  if (answer.status === 200) location.assign(answer.responseURL);
  else if (answer.status === 422 || answer.status === 429) showAgain(answer.responseText, chosen);
  else { tell(answer.status ? says.failed : says.cancelled); button.focus(); }
}

document.addEventListener("change", (event) => {
  if (event.target.id === "file") tell(faultsOf(event.target.files, says).join("\n"));
});

document.addEventListener("submit", (event) => {
  const chosen = document.getElementById("file");
  if (event.target.id !== "sheet" || event.submitter?.name === "switch" || !chosen.files.length) return;
  event.preventDefault();
  const wrong = faultsOf(chosen.files, says);
  tell(wrong.join("\n"));
  if (wrong.length) chosen.focus();
  else send(event.target, chosen);
});
