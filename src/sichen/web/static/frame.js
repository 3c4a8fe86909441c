// SPDX-License-Identifier: Apache-2.0
// What every page does: the button behind which the phone's bar keeps the rest, the search key, the seals.

import "./components/figure-seal.js";

const more = document.getElementById("more");
const rest = document.getElementById("rest");

function open(yes) {
  more.setAttribute("aria-expanded", String(yes));
  rest.classList.toggle("open", yes);
}

more.addEventListener("click", () => open(more.getAttribute("aria-expanded") !== "true"));

document.addEventListener("keydown", (event) => {
  const writing = event.target.closest("input, textarea, select, [contenteditable]");
  if (event.key === "Escape" && more.getAttribute("aria-expanded") === "true") {
    open(false);
    more.focus();
  }
  if (event.key === "/" && !writing && !event.ctrlKey && !event.metaKey && !event.altKey) {
    event.preventDefault();
    document.getElementById("q").focus();
  }
});
