// SPDX-License-Identifier: Apache-2.0
// What every plot does: keeps its size, draws at most once a frame, reads values by pointer and by keyboard,
// gives its table, CSV and SVG. A plot says what it shows:
//   scale() → {x: [low, high], y: [low, high], xName, yName}     columns() → names     rows() → cells
//     with xPlaces, yPlaces: [[value, text], …] where the axis is marked only at these places
//   readings() → [{x, y, text}] for the cursor                   paint(group, at) draws; at = {x(v), y(v)}
// and, where it differs: margins(), axes(scale, inner), built() for buttons of its own; `bare` when its table stands beside it.

import { csv, save, standalone, svg, ticks, written, step } from "./axes.js";

const LEFT = 40;
const RIGHT = 14;
const TOP = 24;
const BOTTOM = 34;
const LONGEST_TABLE = 1000;
const TEXT_WIDTH = 70;
const TEXT_HEIGHT = 44;

export class PlotBase extends HTMLElement {
  connectedCallback() {
    if (!this.picture) this.#build();
    this.watcher = new ResizeObserver(() => this.draw());
    this.watcher.observe(this);
  }

  disconnectedCallback() {
    this.watcher?.disconnect();
  }

  /** Ask for a new picture; many asks within a frame make one. */
  draw() {
    if (this.asked || !this.picture) return;
    this.asked = true;
    requestAnimationFrame(() => {
      this.asked = false;
      this.#picture();
    });
  }

  word(name) {
    return this.dataset[name] ?? name;
  }

  #build() {
    this.picture = svg("svg", { role: "img", tabindex: "0", "aria-label": this.word("label"), class: "plot" });
    this.output = document.createElement("output");
    this.output.className = "reading-at";
    this.tools = document.createElement("p");
    this.tools.className = "tools";
    this.append(this.picture, this.tools);
    this.append(this.output);
    const name = () => this.dataset.file ?? this.localName;
    this.built();
    if (!this.bare) {
      this.tabler = this.button(this.word("table"), () => this.#table());
      this.tabler.setAttribute("aria-expanded", "false");
      this.button("CSV", () => save(`${name()}.csv`, "text/csv", csv(this.columns(), this.rows())));
    }
    this.button("SVG", () => save(`${name()}.svg`, "image/svg+xml", standalone(this.picture)));
    this.picture.addEventListener("pointermove", (event) => this.#point(event));
    this.picture.addEventListener("pointerleave", () => this.read(null));
    this.picture.addEventListener("blur", () => this.read(null));
    this.picture.addEventListener("keydown", (event) => this.#key(event));
  }

  built() {}

  margins() {
    return { left: LEFT, right: RIGHT, top: TOP, bottom: BOTTOM };
  }

  /** Add a small button under the plot. */
  button(text, act, label = text) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "small";
    button.textContent = text;
    if (label !== text) button.setAttribute("aria-label", label);
    button.addEventListener("click", act);
    this.tools.append(button);
    return button;
  }

  #picture() {
    const width = Math.max(this.picture.clientWidth, 200);
    const height = Math.max(this.picture.clientHeight, 120);
    this.picture.setAttribute("viewBox", `0 0 ${width} ${height}`);
    const scale = this.scale();
    const { left, right, top, bottom } = this.margins();
    const inner = { left, right: width - right, top, bottom: height - bottom };
    const across = (scale.x[1] - scale.x[0]) || 1;
    const up = (scale.y[1] - scale.y[0]) || 1;
    this.at = {
      x: (value) => inner.left + ((value - scale.x[0]) / across) * (inner.right - inner.left),
      y: (value) => inner.bottom - ((value - scale.y[0]) / up) * (inner.bottom - inner.top),
      inner,
    };
    const content = svg("g");
    this.picture.replaceChildren(this.axes(scale, inner), content);
    this.paint(content, this.at);
    this.cursor = svg("path", { class: "cursor", d: "" });
    this.picture.append(this.cursor);
  }

  axes(scale, inner) {
    const group = svg("g", { class: "axes" });
    const line = (d, kind) => group.append(svg("path", { d, class: kind }));
    const text = (x, y, content, anchor, kind = "number") =>
      group.append(svg("text", { x, y, "text-anchor": anchor, class: kind }, content));
    const wide = Math.max(2, Math.floor((inner.right - inner.left) / TEXT_WIDTH));
    const high = Math.max(2, Math.floor((inner.bottom - inner.top) / TEXT_HEIGHT));
    const named = (places) => places && ((value) => places.find(([place]) => place === value)?.[1] ?? "");
    scale.xText ??= named(scale.xPlaces);
    scale.yText ??= named(scale.yPlaces);
    const xStep = step(scale.x[1] - scale.x[0] || 1, wide);
    const yStep = step(scale.y[1] - scale.y[0] || 1, high);
    for (const value of scale.xPlaces?.map(([place]) => place) ?? ticks(...scale.x, wide)) {
      const x = this.at.x(value).toFixed(1);
      line(`M${x} ${inner.top}V${inner.bottom}`, value === 0 && scale.zeroX ? "zero" : "grid");
      text(x, inner.bottom + 14, scale.xText ? scale.xText(value) : written(value, xStep), "middle");
    }
    for (const value of scale.yPlaces?.map(([place]) => place) ?? ticks(...scale.y, high)) {
      const y = this.at.y(value).toFixed(1);
      line(`M${inner.left} ${y}H${inner.right}`, !scale.yPlaces && Math.abs(value) < yStep / 1e6 ? "zero" : "grid");
      if (!scale.silent) text(inner.left - 6, Number(y) + 4, scale.yText ? scale.yText(value) : written(value, yStep, scale.signed), "end");
    }
    text(inner.right, inner.bottom + 29, scale.xName, "end", "name");
    text(8, inner.top - 9, scale.yName, "start", "name");
    return group;
  }

  #point(event) {
    const box = this.picture.getBoundingClientRect();
    const x = event.clientX - box.left;
    const y = event.clientY - box.top;
    let best = null;
    let nearest = Infinity;
    this.readings().forEach((row, index) => {
      const distance = (this.at.x(row.x) - x) ** 2 + ((this.at.y(row.y) - y) / 3) ** 2;
      if (distance < nearest) [best, nearest] = [index, distance];
    });
    this.read(best);
  }

  #key(event) {
    const count = this.readings().length;
    const moves = { ArrowLeft: -1, ArrowRight: 1, PageUp: -10, PageDown: 10, Home: -Infinity, End: Infinity };
    if (event.key === "Escape") this.read(null);
    if (!count || !(event.key in moves)) return;
    event.preventDefault();
    const from = this.index ?? (moves[event.key] > 0 ? -1 : count);
    this.read(Math.min(count - 1, Math.max(0, from + moves[event.key])));
  }

  /** Put the cursor on a reading and say it; null takes it away. */
  read(index) {
    const row = index === null ? null : this.readings()[index];
    this.index = row ? index : null;
    this.output.textContent = row ? row.text : "";
    if (!this.cursor) return;
    const d = row ? `M${this.at.x(row.x)} ${this.at.inner.top}V${this.at.inner.bottom}M${this.at.x(row.x) - 5} ${this.at.y(row.y)}h10` : "";
    this.cursor.setAttribute("d", d);
  }

  #table() {
    const open = this.tabler.getAttribute("aria-expanded") !== "true";
    this.tabler.setAttribute("aria-expanded", String(open));
    this.querySelector(".wide")?.remove();
    if (!open) return;
    const table = document.createElement("table");
    const head = table.createTHead().insertRow();
    for (const name of this.columns()) {
      const cell = document.createElement("th");
      cell.scope = "col";
      cell.textContent = name;
      head.append(cell);
    }
    const body = table.createTBody();
    for (const row of this.rows().slice(-LONGEST_TABLE)) {
      const line = body.insertRow();
      for (const value of row) line.insertCell().textContent = value ?? "";
    }
    const holder = document.createElement("div");
    holder.className = "wide tall";
    holder.tabIndex = 0;
    holder.setAttribute("role", "region");
    holder.setAttribute("aria-label", this.word("table"));
    holder.append(table);
    this.append(holder);
  }
}
