/* Files: what may not be sent is said at once, and what is sent says how far it is. */
"use strict";

function weightOf(bytes) {
  const unit = bytes < 1e6 ? ["kilobyte", 1e3] : ["megabyte", 1e6];
  const shown = { style: "unit", unit: unit[0], maximumFractionDigits: bytes < 1e6 ? 0 : 1 };
  return new Intl.NumberFormat(document.documentElement.lang, shown).format(Math.max(1, bytes / unit[1]));
}

/* What is wrong with files, a sentence each; `says` are the words of the form. */
function faultsOf(files, says) {
  const found = [];
  if (files.length > Number(says.atOnce)) found.push(says.many.replace("{count}", files.length));
  for (const file of files) {
    if (file.size > Number(says.most)) found.push(says.large.replace("{name}", file.name));
    else if (!file.size) found.push(says.blank.replace("{name}", file.name));
  }
  return found;
}

/* A bar that shows in words too how much has left, and a button that stops it. */
function progressBar(says, cancel) {
  const block = document.createElement("div");
  const bar = document.createElement("progress");
  const told = document.createElement("span");
  const button = document.createElement("button");
  block.className = "upload";
  bar.max = 100;
  told.id = `progress-${Math.random().toString(36).slice(2)}`;
  bar.setAttribute("aria-labelledby", told.id);
  button.type = "button";
  button.textContent = says.cancel;
  button.addEventListener("click", cancel);
  block.append(told, bar, button);
  return {
    block,
    show(part) {
      bar.value = Math.floor(part * 100);
      told.textContent = says.progress.replace("{percent}", bar.value);
    },
  };
}

/* Post a form with files; `ended` gives the request, whose status is 0 where it did not get through. */
function upload(address, body, headers, progressed) {
  const request = new XMLHttpRequest();
  const ended = new Promise((settle) => { request.onloadend = () => settle(request); });
  request.upload.onprogress = (event) => { if (event.lengthComputable) progressed(event.loaded / event.total); };
  request.open("POST", address);
  for (const [name, value] of Object.entries(headers)) request.setRequestHeader(name, value);
  request.send(body);
  uploading += 1;
  ended.then(() => { uploading -= 1; });
  return { ended, cancel: () => request.abort() };
}

let uploading = 0;
addEventListener("beforeunload", (event) => { if (uploading) event.preventDefault(); });
