// SPDX-License-Identifier: Apache-2.0
// <live-plot>: values over another value, with error bars, limits and fitted lines.
//   data-x, data-y        names of the axes with their units
//   data-src              address of JSON {rows: [[x, y, u?, label?], …], limits: [{value, name}], x: name,
//                         fit: [[x, y], …], places: [[x, name], …]}; places name the x axis, e.g. positions
//   data-live             an address of server-sent events, each a row; the last data-keep rows are shown
//   data-kind="bars"      each value stands as a bar on zero      data-log="x", "y" or "xy"  logarithmic axes
//   data-line="no"        dots without a line between them        data-zero, data-signed     about the y axis
//   .show({rows, limits, fit, places}) and .add(row) do the same from a module

import { svg, written, step } from "./axes.js";
import { PlotBase } from "./plot-base.js";

const BAR_SHARE = 0.6;
const ROUND = [1, 2, 5];

class LivePlot extends PlotBase {
  points = [];
  limits = [];
  fit = [];
  places = null;

  connectedCallback() {
    const fresh = !this.picture;
    super.connectedCallback();
    if (fresh && this.dataset.src) this.#load(this.dataset.src);
    if (!this.dataset.live) return;
    this.source = new EventSource(this.dataset.live);
    this.source.addEventListener("message", (event) => this.add(JSON.parse(event.data)));
  }

  disconnectedCallback() {
    super.disconnectedCallback();
    this.source?.close();
  }

  async #load(address) {
    this.show(await (await fetch(address)).json());
  }

  show({ rows, limits = [], x = null, fit = [], places = null }) {
    this.points = rows;
    this.limits = limits;
    this.fit = fit;
    this.places = places;
    if (x) this.dataset.x = x;
    this.draw();
  }

  add(row) {
    this.points.push(row);
    const keep = Number(this.dataset.keep ?? 2000);
    if (this.points.length > keep) this.points.splice(0, this.points.length - keep);
    this.draw();
  }

  /** Return the place of a value on its axis: itself, or its logarithm. */
  #on(axis, value) {
    return this.dataset.log?.includes(axis) ? Math.log10(value) : value;
  }

  #drawn() {
    return this.points.map(([x, y, u, label]) => [this.#on("x", x), this.#on("y", y), u, label, y]).filter(([x, y]) => Number.isFinite(x) && Number.isFinite(y));
  }

  scale() {
    const drawn = this.#drawn();
    const xs = this.places ? this.places.flatMap(([x]) => [x - 0.5, x + 0.5]) : drawn.map(([x]) => x);
    const ends = ([, y, u = 0, , value]) => (this.dataset.log?.includes("y") ? [y] : [value - 2 * (u ?? 0), value + 2 * (u ?? 0)]);
    const ys = drawn.flatMap(ends).concat(this.limits.map((limit) => this.#on("y", limit.value)), this.fit.map(([, y]) => y));
    if (this.dataset.zero !== undefined || this.#bars()) ys.push(0);
    const x = this.#bounds(xs, this.places ? 0 : this.#bars() ? 0.03 : 0);
    const y = this.#bounds(ys, 0.06);
    return {
      x,
      y,
      xName: this.word("x"),
      yName: this.word("y"),
      signed: this.dataset.signed !== undefined,
      xPlaces: this.places ?? this.#decades("x", x),
      yPlaces: this.#decades("y", y),
    };
  }

  #decades(axis, [low, high]) {
    if (!this.dataset.log?.includes(axis)) return undefined;
    const places = [];
    const crowded = high - low > 2.2;
    for (let power = Math.floor(low); power <= high; power += 1) {
      for (const lead of crowded ? [1] : ROUND) {
        const value = lead * 10 ** power;
        const place = Math.log10(value);
        if (place >= low - 1e-9 && place <= high + 1e-9) places.push([place, String(Number(value.toPrecision(2)))]);
      }
    }
    return places;
  }

  #bars() {
    return this.dataset.kind === "bars";
  }

  #bounds(values, air) {
    if (!values.length) return [0, 1];
    const low = values.reduce((least, value) => Math.min(least, value), Infinity);
    const high = values.reduce((most, value) => Math.max(most, value), -Infinity);
    const room = (high - low) * air || (high === low ? 0.5 : 0);
    return [low - room, high + room];
  }

  paint(group, at) {
    const drawn = this.#drawn();
    if (!drawn.length) {
      const middle = (at.inner.left + at.inner.right) / 2;
      group.append(svg("text", { x: middle, y: (at.inner.top + at.inner.bottom) / 2 - 8, "text-anchor": "middle", class: "empty" }, this.word("empty")));
      return;
    }
    for (const { value, name } of this.limits) {
      const y = at.y(this.#on("y", value)).toFixed(1);
      group.append(svg("path", { d: `M${at.inner.left} ${y}H${at.inner.right}`, class: "limit" }));
      group.append(svg("text", { x: at.inner.right - 4, y: y - 4, "text-anchor": "end", class: "label" }, name));
    }
    if (this.#bars()) this.#paintBars(group, at, drawn);
    else this.#paintLine(group, at, drawn);
    if (this.fit.length) {
      const d = this.fit.map(([x, y]) => `${at.x(x).toFixed(1)} ${at.y(y).toFixed(1)}`).join("L");
      group.append(svg("path", { d: `M${d}`, class: "fit" }));
    }
  }

  #paintLine(group, at, drawn) {
    let line = "";
    let dots = "";
    let broken = true;
    const shown = new Set(drawn.map(([x]) => x));
    for (const [x, y] of this.points.map((row) => [this.#on("x", row[0]), this.#on("y", row[1])])) {
      if (!Number.isFinite(y) || !shown.has(x)) {
        broken = true;
        continue;
      }
      const place = `${at.x(x).toFixed(1)} ${at.y(y).toFixed(1)}`;
      line += `${broken ? "M" : "L"}${place}`;
      dots += `M${place}h.01`;
      broken = false;
    }
    if (this.dataset.line !== "no") group.append(svg("path", { d: line, class: "line" }));
    const size = drawn.length > 1000 ? 1.5 : drawn.length > 200 ? 2.5 : 5;
    group.append(this.#errors(at, drawn), svg("path", { d: dots, class: "tick", "stroke-width": size, "stroke-linecap": "round" }));
  }

  #paintBars(group, at, drawn) {
    const width = ((at.inner.right - at.inner.left) / Math.max(drawn.length, 1)) * BAR_SHARE;
    const d = drawn.map(([x, y]) => `M${at.x(x).toFixed(1)} ${at.y(0).toFixed(1)}V${at.y(y).toFixed(1)}`).join("");
    group.append(svg("path", { d, class: "column", "stroke-width": width.toFixed(1) }), this.#errors(at, drawn));
  }

  #errors(at, drawn) {
    const ends = (value, u) => [value - u, value + u].map((end) => at.y(this.#on("y", end)));
    const bars = drawn
      .filter(([, , u]) => u > 0)
      .map(([x, , u, , value]) => [at.x(x), ...ends(value, u)])
      .filter((row) => row.every(Number.isFinite));
    return svg("path", { d: bars.map(([x, low, high]) => `M${x.toFixed(1)} ${low.toFixed(1)}V${high.toFixed(1)}`).join(""), class: this.#bars() ? "bar over" : "bar" });
  }

  readings() {
    const { x, y } = this.scale();
    const [fineX, fineY] = [step(x[1] - x[0] || 1, 1000), step(y[1] - y[0] || 1, 1000)];
    const name = (across) => this.places?.find(([place]) => place === across)?.[1] ?? written(across, fineX);
    const signed = this.dataset.signed !== undefined;
    return this.points
      .filter(([, value]) => Number.isFinite(value))
      .map(([across, value, u, label]) => ({
        x: this.#on("x", across),
        y: this.#on("y", value),
        text: `${label ?? name(across)} · ${written(value, fineY, signed)}${u > 0 ? ` ± ${written(u, fineY)}` : ""}`,
      }));
  }

  columns() {
    return [this.word("x"), this.word("y"), "u", ""];
  }

  rows() {
    const name = (x) => this.places?.find(([place]) => place === x)?.[1] ?? x;
    return this.points.map(([x, y, u = "", label = ""]) => [name(x), y, u, label]);
  }
}

customElements.define("live-plot", LivePlot);
