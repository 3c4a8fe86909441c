// SPDX-License-Identifier: Apache-2.0
// The stability page asks again by itself: a choice is sent as soon as it is made, and only the answer is replaced.
// Without this script the form does the same with its button.

import "./loglog-plot.js";

const form = document.getElementById("ask");
const status = form.querySelector("[data-status]");
const stop = form.querySelector("[data-stop]");
const files = form.elements.file;
const drop = form.querySelector("[data-drop]");
let running = null;

function busy(yes) {
  stop.hidden = !yes;
  document.getElementById("answer").classList.toggle("waiting", yes);
  if (yes) status.textContent = form.dataset.computing;
}

async function ask(submitter) {
  running?.abort();
  const mine = (running = new AbortController());
  busy(true);
  try {
    const answer = await fetch("/stability", { method: "POST", body: new FormData(form, submitter), signal: mine.signal });
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    document.getElementById("answer").replaceWith(document.adoptNode(page.getElementById("answer")));
    status.textContent = "";
  } catch (error) {
    status.textContent = error.name === "AbortError" ? form.dataset.stopped : form.dataset.lost;
  }
  if (running === mine) busy(false);
}

/** What is asked of replaces what was asked of before. */
function only(name) {
  for (const other of ["sample", "reading"]) form.elements[other].value = "";
  if (name !== "file") files.value = "";
  if (name !== "numbers") form.elements.numbers.value = "";
}

function given() {
  const { sample, reading, numbers } = form.elements;
  return files.files.length || sample.value || reading.value || numbers.value.trim();
}

form.addEventListener("submit", (event) => {
  if (event.submitter && "plain" in event.submitter.dataset) return;
  event.preventDefault();
  ask(event.submitter);
});

form.addEventListener("change", (event) => {
  const { name } = event.target;
  if (name === "file" || name === "numbers") only(name);
  if (name && name !== "clock" && given()) ask();
});

stop.addEventListener("click", () => running?.abort());

drop.addEventListener("dragover", (event) => {
  event.preventDefault();
  drop.classList.add("over");
});
drop.addEventListener("dragleave", () => drop.classList.remove("over"));
drop.addEventListener("drop", (event) => {
  event.preventDefault();
  drop.classList.remove("over");
  if (!event.dataTransfer.files.length) return;
  files.files = event.dataTransfer.files;
  only("file");
  ask();
});
