// SPDX-License-Identifier: Apache-2.0
// The teaching page: one form, three answers: the sound, its truth, and what the bench measures in it.

import "../components/trace-strip.js";
import "../components/tick-scope.js";

const form = document.getElementById("synthesis");
const audio = document.querySelector("audio");
const place = document.querySelector("[data-result]");
const pictures = document.querySelector("[data-pictures]");
const strip = document.querySelector("trace-strip");
const scope = document.querySelector("tick-scope");
const status = form.querySelector("[data-status]");
const button = form.querySelector("button");
const kept = [];

function fields() {
  const said = new FormData(form);
  for (const [name, value] of [...said]) if (value === "") said.delete(name);
  return said;
}

async function ask(address) {
  const answer = await fetch(address, { method: "POST", body: fields(), headers: { Accept: "application/json" } });
  if (!answer.ok) throw new Error((await answer.json()).detail);
  return answer;
}

/** Give a file to the reader under a link. */
function offer(name, blob) {
  const link = form.querySelector(name);
  link.href = URL.createObjectURL(blob);
  link.download = link.dataset.download ?? link.dataset.truth;
  link.hidden = false;
  kept.push(link.href);
  return link.href;
}

async function go() {
  const measured = await (await ask("/api/bench/synthesise/measured?detail=true")).json();
  const sound = await (await ask("/api/bench/synthesise")).blob();
  const truth = await (await ask("/api/bench/synthesise?truth=true")).blob();
  for (const address of kept.splice(0)) URL.revokeObjectURL(address);
  audio.src = offer("[data-download]", sound);
  offer("[data-truth]", truth);
  audio.hidden = false;
  const parsed = new DOMParser().parseFromString(measured.html, "text/html");
  place.replaceChildren(...parsed.body.childNodes);
  pictures.hidden = false;
  strip.window = Math.max(15, Math.ceil(Number(form.elements.duration.value) / 15) * 15);
  strip.begin(measured.view.interval ?? strip.interval);
  strip.add(measured.view.beats);
  scope.show(measured.view.scope);
}

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  button.disabled = true;
  status.textContent = form.dataset.working;
  try {
    await go();
    status.textContent = "";
  } catch (error) {
    status.textContent = error.message || form.dataset.failed;
  }
  button.disabled = false;
});
