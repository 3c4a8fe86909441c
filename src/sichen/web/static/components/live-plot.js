// SPDX-License-Identifier: Apache-2.0
// <live-plot>: values over another value, with error bars and limits.
//   data-x, data-y        names of the axes with their units
//   data-src              address of JSON {rows: [[x, y, u?, label?], …], limits: [{value, name}], x: name}
//   data-live             an address of server-sent events, each a row; the last data-keep rows are shown
//   .show({rows, limits}) and .add(row) do the same from a module

import { svg, written, step } from "./axes.js";
import { PlotBase } from "./plot-base.js";

class LivePlot extends PlotBase {
  points = [];
  limits = [];

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

  show({ rows, limits = [], x = null }) {
    this.points = rows;
    this.limits = limits;
    if (x) this.dataset.x = x;
    this.draw();
  }

  add(row) {
    this.points.push(row);
    const keep = Number(this.dataset.keep ?? 2000);
    if (this.points.length > keep) this.points.splice(0, this.points.length - keep);
    this.draw();
  }

  scale() {
    const finite = this.points.filter(([x, y]) => Number.isFinite(x) && Number.isFinite(y));
    const xs = finite.map(([x]) => x);
    const ys = finite.flatMap(([, y, u = 0]) => [y - 2 * u, y + 2 * u]).concat(this.limits.map((limit) => limit.value));
    if (this.dataset.zero !== undefined) ys.push(0);
    return { x: this.#bounds(xs, 0), y: this.#bounds(ys, 0.06), xName: this.word("x"), yName: this.word("y"), signed: this.dataset.signed !== undefined };
  }

  #bounds(values, air) {
    if (!values.length) return [0, 1];
    const low = Math.min(...values);
    const high = Math.max(...values);
    const room = (high - low) * air || (high === low ? 0.5 : 0);
    return [low - room, high + room];
  }

  paint(group, at) {
    if (!this.points.length) {
      const middle = (at.inner.left + at.inner.right) / 2;
      group.append(svg("text", { x: middle, y: (at.inner.top + at.inner.bottom) / 2 - 8, "text-anchor": "middle", class: "empty" }, this.word("empty")));
      return;
    }
    for (const { value, name } of this.limits) {
      const y = at.y(value).toFixed(1);
      group.append(svg("path", { d: `M${at.inner.left} ${y}H${at.inner.right}`, class: "limit" }));
      group.append(svg("text", { x: at.inner.right - 4, y: y - 4, "text-anchor": "end", class: "label" }, name));
    }
    let line = "";
    let dots = "";
    let bars = "";
    let broken = true;
    for (const [x, y, u] of this.points) {
      if (!Number.isFinite(y)) {
        broken = true;
        continue;
      }
      const place = `${at.x(x).toFixed(1)} ${at.y(y).toFixed(1)}`;
      line += `${broken ? "M" : "L"}${place}`;
      dots += `M${place}h.01`;
      if (u > 0) bars += `M${at.x(x).toFixed(1)} ${at.y(y - u).toFixed(1)}V${at.y(y + u).toFixed(1)}`;
      broken = false;
    }
    if (this.dataset.line !== "no") group.append(svg("path", { d: line, class: "line" }));
    group.append(svg("path", { d: bars, class: "bar" }), svg("path", { d: dots, class: "tick", "stroke-width": 5, "stroke-linecap": "round" }));
  }

  readings() {
    const { x, y } = this.scale();
    const [fineX, fineY] = [step(x[1] - x[0] || 1, 1000), step(y[1] - y[0] || 1, 1000)];
    return this.points
      .filter(([, value]) => Number.isFinite(value))
      .map(([across, value, u, label]) => ({
        x: across,
        y: value,
        text: `${label ?? written(across, fineX)} · ${written(value, fineY)}${u > 0 ? ` ± ${written(u, fineY)}` : ""}`,
      }));
  }

  columns() {
    return [this.word("x"), this.word("y"), "u", ""];
  }

  rows() {
    return this.points.map(([x, y, u = "", label = ""]) => [x, y, u, label]);
  }
}

customElements.define("live-plot", LivePlot);
