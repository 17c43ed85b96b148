// Follows a training without reloading the page; without it, the page reloads itself, and says so.
"use strict";

const EVERY = 2000;

async function follow(job) {
  const answer = await fetch(job.dataset.follow, { headers: { Accept: "text/html" } });
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const next = page.getElementById("job");
  if (!answer.ok || !next) {
    window.location.replace(job.dataset.follow);
    return null;
  }
  for (const part of ["[role=status]", ".hint", ".log"]) {
    const now = job.querySelector(part);
    const then = next.querySelector(part);
    if (now && then && now.innerHTML !== then.innerHTML) now.replaceChildren(...then.childNodes);
  }
  job.querySelector("progress").value = next.querySelector("progress").value;
  return job;
}

async function watch() {
  const job = document.getElementById("job");
  if (!job || !job.dataset.follow) return;
  try {
    if (await follow(job)) setTimeout(watch, EVERY);
  } catch {
    setTimeout(watch, 3 * EVERY);
  }
}

setTimeout(watch, EVERY);
