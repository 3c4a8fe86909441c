// SPDX-License-Identifier: Apache-2.0
// The part of the page that changes is sent by the server as it stands; the course of a situation stands in its page.

const now = document.querySelector("#now[data-live]");
if (now) {
  const source = new EventSource(now.dataset.live);
  source.addEventListener("message", (event) => {
    // Who reads with the keyboard inside the part keeps his place until he leaves it.
    if (!now.contains(document.activeElement)) now.innerHTML = JSON.parse(event.data);
  });
  addEventListener("pagehide", () => source.close());
}

const rows = document.querySelector("#trace-rows");
if (rows) {
  customElements.whenDefined("live-plot").then(() => document.querySelector("#trace").show(JSON.parse(rows.textContent)));
}

for (const form of document.querySelectorAll("form[data-running]")) {
  form.addEventListener("submit", () => {
    form.querySelector("[data-status]").textContent = form.dataset.running;
  });
}
