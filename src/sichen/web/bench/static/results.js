// SPDX-License-Identifier: Apache-2.0
// A page that sends a file and shows what came back: the server writes the result, the plots take their rows.
//   [data-result]            where the result goes; with data-src, plots of a result that the page already shows
//   form[data-said]          fields that go with the file        #save-files   whether it is kept
//   button[data-sample]      address of a file to try            data-name     what it is called

import "../components/file-drop.js";
import "../components/live-plot.js";

const place = document.querySelector("[data-result]");
const drop = document.querySelector("file-drop");
const said = document.querySelector("form[data-said]");
const keep = document.getElementById("save-files");

function draw(plots) {
  for (const [name, data] of Object.entries(plots)) place.querySelector(`[data-plot="${name}"]`)?.show(data);
}

/** Show the fragment that the server wrote. */
export function show({ html, plots = {} }) {
  const parsed = new DOMParser().parseFromString(html, "text/html");
  place.replaceChildren(...parsed.body.childNodes);
  draw(plots);
}

if (place?.dataset.src) draw(await (await fetch(place.dataset.src)).json());

if (drop) {
  const address = drop.dataset.to;
  keep?.addEventListener("change", () => {
    drop.dataset.to = `${address}${keep.checked ? "&save=true" : ""}`;
  });
  drop.fields = () => (said ? [...new FormData(said)].filter(([, value]) => value !== "" && value.size !== 0) : []);
  drop.addEventListener("sent", ({ detail: { answer, line, state } }) => {
    show(answer);
    state.textContent = answer.reason ? "" : (drop.dataset.done ?? "");
    line.classList.toggle("care", answer.status === "refused");
    place.scrollIntoView({ block: "nearest" });
  });
}

said?.addEventListener("submit", (event) => event.preventDefault());

for (const button of document.querySelectorAll("[data-sample]")) {
  button.addEventListener("click", async () => {
    button.disabled = true;
    for (const [name, value] of Object.entries(JSON.parse(button.dataset.fields ?? "{}"))) said.elements[name].value = value;
    const answer = await fetch(button.dataset.sample);
    button.disabled = false;
    drop.take([new File([await answer.blob()], button.dataset.name)]);
  });
}
