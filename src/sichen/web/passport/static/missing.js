// SPDX-License-Identifier: Apache-2.0
// The register asked without telling which watch is meant: hashed here, compared here.

const form = document.querySelector("[data-register]");
const answer = document.querySelector("[data-answer]");

async function hashed(serial) {
  const plain = [...serial.toUpperCase()].filter((c) => /[\p{L}\p{N}]/u.test(c)).join("");
  const bytes = new TextEncoder().encode(form.dataset.salt + plain);
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return [...digest].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

function tell(text, kind) {
  answer.textContent = text;
  answer.className = `notice ${kind}`;
  answer.hidden = false;
}

async function ask(event) {
  event.preventDefault();
  const serial = form.querySelector("input").value;
  try {
    const whole = await hashed(serial);
    const reply = await fetch(`/api/trace/missing?prefix=${whole.slice(0, Number(form.dataset.digits))}`);
    if (!reply.ok) throw new Error(reply.statusText);
    const found = (await reply.json()).entries.find((entry) => entry.hash === whole);
    if (found) tell(`${form.dataset.found} ${form.dataset[found.state]}, ${found.since}`, "wrong");
    else tell(form.dataset.clear, "good");
  } catch {
    tell(form.dataset.failed, "care");
  }
}

// Browsers compute digests only on pages that nobody could have changed on the way.
if (form && globalThis.crypto?.subtle) {
  form.hidden = false;
  form.addEventListener("submit", ask);
}
