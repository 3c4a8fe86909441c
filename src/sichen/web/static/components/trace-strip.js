// SPDX-License-Identifier: Apache-2.0
// <trace-strip>: the paper strip of a timegrapher. One point a beat: how early (up) or late (down) it came,
// against a perfect watch; a line that climbs gains. What leaves the strip at the top enters at the bottom.
//   .begin(interval)  start a new strip for a beat interval in seconds
//   .add([[number, time], …])  beats as they are heard, times in seconds
// Ticks are dots, tocks are rings: told apart without colour.

import { svg, written } from "./axes.js";
import { PlotBase } from "./plot-base.js";

const RANGES = [0.5, 1, 2, 5, 10, 20, 50];
const WINDOWS = [15, 30, 60, 120, 300];
const KEPT = 20_000;
const FEW = 600;

class TraceStrip extends PlotBase {
  beats = [];
  interval = 0.125;
  range = null;
  window = 30;

  connectedCallback() {
    const fresh = !this.picture;
    super.connectedCallback();
    if (!fresh) return;
    this.window = Number(this.dataset.window ?? this.window);
    this.button("−", () => this.#zoom(1), this.word("wider"));
    this.button("+", () => this.#zoom(-1), this.word("closer"));
    this.button("⇤", () => this.#stretch(-1), this.word("shorter"));
    this.button("⇥", () => this.#stretch(1), this.word("longer"));
    if (this.dataset.src) this.#load(this.dataset.src);
  }

  begin(interval) {
    this.interval = interval;
    this.beats = [];
    this.read(null);
    this.draw();
  }

  add(rows) {
    for (const [number, time] of rows) this.beats.push({ number, time });
    if (this.beats.length > KEPT) this.beats.splice(0, this.beats.length - KEPT);
    this.draw();
  }

  async #load(address) {
    const answer = await (await fetch(address)).json();
    this.begin(answer.interval);
    const last = answer.beats.at(-1)?.[1] ?? 0;
    this.window = WINDOWS.find((seconds) => seconds >= last) ?? Math.ceil(last);
    this.add(answer.beats);
  }

  /** How early a beat came, in milliseconds, against a perfect watch that agrees with the first beat. */
  #early(beat) {
    const first = this.beats[0];
    return ((beat.number - first.number) * this.interval - (beat.time - first.time)) * 1e3;
  }

  #wrapped(early, range) {
    return ((((early + range) % (2 * range)) + 2 * range) % (2 * range)) - range;
  }

  #shown() {
    const last = this.beats.at(-1)?.time ?? 0;
    const start = Math.max(this.beats[0]?.time ?? 0, last - this.window);
    return this.beats.filter((beat) => beat.time >= start);
  }

  /** The narrowest strip on which the two lines of beats fit side by side, unless the reader chose one. */
  #range() {
    if (this.range) return this.range;
    const shown = this.#shown().slice(-64).map((beat) => this.#early(beat));
    const spread = shown.length ? Math.max(...shown) - Math.min(...shown) : 0;
    const widest = (this.interval * 1e3) / 2;
    return RANGES.find((range) => range >= spread * 0.9 && range >= 2) ?? Math.max(widest, 2);
  }

  #zoom(by) {
    const now = RANGES.indexOf(RANGES.find((range) => range >= this.#range()) ?? 50);
    this.range = RANGES[Math.min(RANGES.length - 1, Math.max(0, now + by))];
    this.draw();
  }

  #stretch(by) {
    const now = WINDOWS.indexOf(WINDOWS.find((seconds) => seconds >= this.window) ?? WINDOWS.at(-1));
    this.window = WINDOWS[Math.min(WINDOWS.length - 1, Math.max(0, now + by))];
    this.draw();
  }

  scale() {
    const range = this.#range();
    const last = this.beats.at(-1)?.time ?? 0;
    const start = Math.max(this.beats[0]?.time ?? 0, last - this.window);
    return {
      x: [start, start + this.window],
      y: [-range, range],
      xName: `${this.word("time")} / s`,
      yName: `${this.word("early")} / ms`,
      signed: true,
    };
  }

  paint(group, at) {
    const range = this.scale().y[1];
    const shown = this.#shown();
    const r = shown.length > FEW ? 1.4 : 2.3;
    let dots = "";
    let rings = "";
    for (const beat of shown) {
      const x = at.x(beat.time).toFixed(1);
      const y = at.y(this.#wrapped(this.#early(beat), range)).toFixed(1);
      if (beat.number % 2 === 0) dots += `M${x} ${y}h.01`;
      else rings += `M${x - r} ${y}a${r} ${r} 0 1 0 ${2 * r} 0a${r} ${r} 0 1 0 ${-2 * r} 0`;
    }
    group.append(
      svg("path", { d: rings, class: "tock", "stroke-width": r / 2 }),
      svg("path", { d: dots, class: "tick", "stroke-width": 2.4 * r, "stroke-linecap": "round" }),
    );
    if (!shown.length) {
      const middle = (at.inner.left + at.inner.right) / 2;
      group.append(svg("text", { x: middle, y: (at.inner.top + at.inner.bottom) / 2 - 8, "text-anchor": "middle", class: "empty" }, this.word("empty")));
      return;
    }
    const key = svg("g", { class: "key" });
    const x = at.inner.right - 110;
    key.append(svg("path", { d: `M${x} ${at.inner.top - 13}h.01`, class: "tick", "stroke-width": 6, "stroke-linecap": "round" }));
    key.append(svg("text", { x: x + 8, y: at.inner.top - 9, class: "name" }, this.word("tick")));
    key.append(svg("path", { d: `M${x + 53} ${at.inner.top - 13}a3 3 0 1 0 6 0a3 3 0 1 0 -6 0`, class: "tock", "stroke-width": 1.2 }));
    key.append(svg("text", { x: x + 64, y: at.inner.top - 9, class: "name" }, this.word("tock")));
    group.append(key);
  }

  readings() {
    const range = this.#range();
    return this.#shown().map((beat) => {
      const early = this.#early(beat);
      const side = this.word(beat.number % 2 ? "tock" : "tick");
      return {
        x: beat.time,
        y: this.#wrapped(early, range),
        text: `${side} ${beat.number} · ${written(beat.time, 0.001)} s · ${written(early, 0.001, true)} ms`,
      };
    });
  }

  columns() {
    return ["beat", "side", "time_s", "early_ms"];
  }

  rows() {
    return this.beats.map((beat) => [beat.number, beat.number % 2 ? "tock" : "tick", beat.time.toFixed(6), this.#early(beat).toFixed(4)]);
  }
}

customElements.define("trace-strip", TraceStrip);
