// SPDX-License-Identifier: Apache-2.0
// Puts a reading on the page. All words come from the server, in the reader's language.

function mark(kind) {
  return document.getElementById(`mark-${kind}`).content.cloneNode(true);
}

function set(element, text) {
  if (element && element.textContent !== text) element.textContent = text ?? "";
}

/** Show one reading. */
export function paint(bench, reading) {
  for (const [name, figure] of Object.entries(reading.figures)) {
    const tile = bench.querySelector(`[data-figure="${name}"]`);
    if (!tile) continue;
    set(tile.querySelector(".value"), figure.value);
    set(tile.querySelector(".u"), figure.ok ? ` ± ${figure.u || "?"}` : "");
    set(tile.querySelector(".unit"), figure.ok ? `${["°", "%"].includes(figure.unit) ? "" : " "}${figure.unit}` : "");
    set(tile.querySelector("[data-reason]"), figure.ok || !reading.ok ? "" : figure.reason);
  }
  for (const name of ["beats_per_hour", "nominal", "time", "counts", "reference", "lift"]) {
    set(bench.querySelector(`[data-show="${name}"]`), reading[name]);
    for (const copy of bench.querySelectorAll(`[data-copy="${name}"]`)) set(copy, reading[name]);
  }
  const quality = document.createElement("span");
  quality.className = `state ${reading.quality.kind}`;
  quality.append(mark(reading.quality.kind), ` ${reading.quality.text}`);
  bench.querySelector("[data-quality]").replaceChildren(quality);
  advise(bench, reading);
}

/** Say what would make the reading better; the same advice is not written twice, so a screen reader is not troubled. */
function advise(bench, reading) {
  const list = bench.querySelector("[data-advice]");
  const sentences = [...(reading.ok ? [] : [reading.reason]), ...reading.advice];
  if (!sentences.length) sentences.push(list.dataset.none);
  const before = [...list.children].map((item) => item.textContent);
  if (before.join("\n") === sentences.join("\n")) return;
  list.replaceChildren(
    ...sentences.map((sentence) => {
      const item = document.createElement("li");
      item.textContent = sentence;
      return item;
    }),
  );
}

/** Empty the figures: a new watch, or a new beginning. */
export function forget(bench) {
  for (const tile of bench.querySelectorAll("[data-figure]")) {
    set(tile.querySelector(".value"), "—");
    set(tile.querySelector(".u"), "");
    set(tile.querySelector(".unit"), "");
    set(tile.querySelector("[data-reason]"), "");
  }
}

/** Say what is going on: a shape and words. */
export function state(bench, kind, text) {
  bench.querySelector("[data-shape]").replaceChildren(mark(kind));
  set(bench.querySelector("[data-status]"), text);
}

/** Say something that wants attention; with a path it is a link. */
export function notice(bench, kind, text, path = null) {
  const place = bench.querySelector("[data-notice]");
  place.hidden = !text;
  place.className = `notice ${kind}`;
  place.setAttribute("role", "status");
  if (!path) {
    set(place, text);
    return;
  }
  const link = document.createElement("a");
  link.href = path;
  link.textContent = text;
  place.replaceChildren(link);
}
