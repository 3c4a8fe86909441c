// SPDX-License-Identifier: Apache-2.0
// <tick-scope>: the averaged sound of a beat, tick above and tock below, time from the drop. The sounds that
// were found are marked and named. A side whose mark is missing was not heard well enough.
//   .show({start, step, tick: […], tock: […], marks: {unlock: [tick, tock], …}})  seconds; power over background

import { svg, written } from "./axes.js";
import { PlotBase } from "./plot-base.js";

const SIDES = ["tick", "tock"];

class TickScope extends PlotBase {
  scope = null;

  connectedCallback() {
    const fresh = !this.picture;
    super.connectedCallback();
    if (fresh && this.dataset.src) this.#load(this.dataset.src);
  }

  async #load(address) {
    const answer = await (await fetch(address)).json();
    if (answer.scope) this.show(answer.scope);
  }

  show(scope) {
    this.scope = scope;
    if (scope) {
      const loud = Math.max(...scope.tick, ...scope.tock, 1e-30);
      this.wave = SIDES.map((side) => scope[side].map((power) => Math.sqrt(Math.max(power, 0) / loud)));
    }
    this.draw();
  }

  #time(index) {
    return (this.scope.start + index * this.scope.step) * 1e3;
  }

  scale() {
    const x = this.scope ? [this.#time(0), this.#time(this.wave[0].length - 1)] : [-20, 10];
    return { x, y: [-1.15, 1.15], xName: `${this.word("time")} / ms`, yName: this.word("sound"), silent: true, zeroX: true };
  }

  paint(group, at) {
    if (!this.scope) {
      const middle = (at.inner.left + at.inner.right) / 2;
      group.append(svg("text", { x: middle, y: (at.inner.top + at.inner.bottom) / 2 - 8, "text-anchor": "middle", class: "empty" }, this.word("empty")));
      return;
    }
    SIDES.forEach((side, which) => {
      const sign = which ? -1 : 1;
      const points = this.wave[which].map((level, index) => `${at.x(this.#time(index)).toFixed(1)} ${at.y(sign * level).toFixed(1)}`);
      const zero = at.y(0).toFixed(1);
      const [first, last] = [at.inner.left.toFixed(1), at.inner.right.toFixed(1)];
      group.append(svg("path", { d: `M${first} ${zero}L${points.join("L")}L${last} ${zero}Z`, class: `wave ${side}` }));
      group.append(svg("text", { x: at.inner.left + 4, y: which ? at.inner.bottom - 6 : at.inner.top + 12, class: "name" }, this.word(side)));
    });
    let row = 0;
    for (const [sound, times] of Object.entries(this.scope.marks)) {
      times.forEach((time, which) => this.#mark(group, at, sound, time, which, row));
      row += 1;
    }
  }

  #mark(group, at, sound, time, which, row) {
    if (time === null) return;
    const x = at.x(time * 1e3);
    const end = which ? at.inner.bottom - 2 : at.inner.top + 2;
    group.append(svg("path", { d: `M${x.toFixed(1)} ${at.y(0).toFixed(1)}V${end}`, class: `mark-line ${sound}` }));
    const right = x > at.inner.right - 60;
    const y = which ? at.inner.bottom - 6 - 13 * (row % 2) : at.inner.top + 12 + 13 * (row % 2);
    group.append(svg("text", { x: x + (right ? -4 : 4), y, "text-anchor": right ? "end" : "start", class: "label" }, this.word(sound)));
  }

  readings() {
    if (!this.scope) return [];
    return this.wave[0].map((level, index) => ({
      x: this.#time(index),
      y: level,
      text: `${written(this.#time(index), 0.01, true)} ms · ${this.word("tick")} ${Math.round(level * 100)} % · ${this.word("tock")} ${Math.round(this.wave[1][index] * 100)} %`,
    }));
  }

  columns() {
    return ["time_ms", "tick_power", "tock_power"];
  }

  rows() {
    if (!this.scope) return [];
    return this.scope.tick.map((power, index) => [this.#time(index).toFixed(4), power, this.scope.tock[index]]);
  }
}

customElements.define("tick-scope", TickScope);
