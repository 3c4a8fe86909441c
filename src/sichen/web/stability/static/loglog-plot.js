// SPDX-License-Identifier: Apache-2.0
// <loglog-plot data-readings="[[τ, deviation, words], …]"> around the SVG that the server drew: takes its lines, marks
// and names, draws its own axes around them at any size, zooms, and reads values like every plot.
//   Everything is counted in powers of ten. Absolute coordinates of the server's drawing are moved to their new place;
//   relative ones (the feet of an error bar, the shape of a mark) stay as they are, so a mark keeps its size.

import { svg } from "../components/axes.js";
import { PlotBase } from "../components/plot-base.js";

const DAY = Math.log10(86400);
const NEAREST = 0.3; // decades: no closer
const STEP = 1.5;
const SUPERSCRIPTS = { "-": "⁻", 0: "⁰", 1: "¹", 2: "²", 3: "³", 4: "⁴", 5: "⁵", 6: "⁶", 7: "⁷", 8: "⁸", 9: "⁹" };
const FEW = 2;

/** Write a round value, as the server does. */
function label(lead, power) {
  const value = lead * 10 ** power;
  if (value > 0.009 && value < 2e4) return String(Number(value.toPrecision(3)));
  const ten = `10${[...String(power)].map((sign) => SUPERSCRIPTS[sign]).join("")}`;
  return lead === 1 ? ten : `${lead}·${ten}`;
}

/** Return [place, words or ""] of the lines of an axis between two powers of ten; `most` labels find room. */
function marks(low, high, most) {
  const leads = high - low < FEW ? [1, 2, 5] : [1];
  const every = Math.max(1, Math.ceil((high - low) / most));
  const found = [];
  for (let power = Math.floor(low); power <= Math.ceil(high); power += 1) {
    for (let lead = 1; lead < 10; lead += 1) {
      const place = power + Math.log10(lead);
      if (place < low || place > high || (lead > 1 && high - low > 7)) continue;
      found.push([place, leads.includes(lead) && power % every === 0 ? label(lead, power) : ""]);
    }
  }
  return found;
}

class LogLogPlot extends PlotBase {
  connectedCallback() {
    if (!this.drawn) this.#take();
    super.connectedCallback();
  }

  /** Take what the server drew out of its picture. */
  #take() {
    this.bare = true;
    this.drawn = this.querySelector("svg");
    const number = (name, element) => Number(element.getAttribute(name));
    const frame = this.drawn.querySelector(".frame");
    this.frame = Object.fromEntries(["x", "y", "width", "height"].map((name) => [name, number(name, frame)]));
    const powers = (name) => this.drawn.dataset[name].split(" ").map((value) => Math.log10(Number(value)));
    this.whole = { x: powers("tau"), y: powers("size") };
    this.view = this.whole;
    this.daily = this.drawn.querySelector(".daily text:last-of-type")?.textContent;
    this.names = ["x-name", "y-name"].map((name) => this.drawn.querySelector(`.${name}`).textContent);
    this.points = JSON.parse(this.dataset.readings).map(([tau, size, text]) => ({ x: Math.log10(tau), y: Math.log10(size), text }));
    this.parts = [...this.drawn.querySelectorAll(".series, .mask, .name, .mask-name")];
    this.drawn.remove();
  }

  built() {
    const zoom = (factor) => this.#zoom(factor, [0.5, 0.5]);
    this.button("+", () => zoom(STEP), this.word("closer"));
    this.button("−", () => zoom(1 / STEP), this.word("wider"));
    this.button(this.word("whole"), () => this.#show(this.whole));
    this.picture.addEventListener("keydown", (event) => {
      const act = { "+": () => zoom(STEP), "=": () => zoom(STEP), "-": () => zoom(1 / STEP), 0: () => this.#show(this.whole) }[event.key];
      const move = { ArrowLeft: [-0.2, 0], ArrowRight: [0.2, 0], ArrowUp: [0, 0.2], ArrowDown: [0, -0.2] }[event.key];
      if (act) act();
      else if (event.shiftKey && move) this.#move(...move);
      else return;
      event.preventDefault();
      event.stopImmediatePropagation();
    });
    this.picture.addEventListener("wheel", (event) => this.#wheel(event), { passive: false });
    this.picture.addEventListener("pointerdown", (event) => this.#hold(event));
  }

  margins() {
    return { left: 62, right: this.daily ? 58 : 14, top: 28, bottom: 40 };
  }

  scale() {
    return { ...this.view, xName: this.names[0], yName: this.names[1] };
  }

  readings() {
    const inside = (value, [low, high]) => value >= low && value <= high;
    return this.points.filter(({ x, y }) => inside(x, this.view.x) && inside(y, this.view.y));
  }

  axes(scale, { left, right, top, bottom }) {
    const group = svg("g", { class: "axes" });
    const line = (d, kind) => group.append(svg("path", { d, class: kind }));
    const text = (x, y, words, anchor) => group.append(svg("text", { x, y, "text-anchor": anchor }, words));
    for (const [value, words] of marks(...scale.x, (right - left) / 44)) {
      const x = this.at.x(value).toFixed(1);
      line(`M${x} ${top}V${bottom}`, words ? "grid" : "minor");
      text(x, bottom + 16, words, "middle");
    }
    for (const [value, words] of marks(...scale.y, (bottom - top) / 26)) {
      const y = this.at.y(value).toFixed(1);
      line(`M${left} ${y}H${right}`, words ? "grid" : "minor");
      text(left - 6, Number(y) + 4, words, "end");
    }
    if (this.daily) {
      for (const [value, words] of marks(scale.y[0] + DAY, scale.y[1] + DAY, (bottom - top) / 26)) {
        const y = this.at.y(value - DAY).toFixed(1);
        if (words) line(`M${right} ${y}h4`, "edge");
        text(right + 7, Number(y) + 4, words, "start");
      }
      text(right + 7, top - 10, this.daily, "start");
    }
    line(`M${left} ${top}H${right}V${bottom}H${left}Z`, "edge");
    text((left + right) / 2, bottom + 34, scale.xName, "middle");
    text(6, top - 10, scale.yName, "start");
    return group;
  }

  paint(group, at) {
    const { left, right, top, bottom } = at.inner;
    const [width, height] = [right - left, bottom - top];
    const content = svg("svg", { x: left, y: top, width, height, viewBox: `${left} ${top} ${width} ${height}`, class: "content" });
    const { frame, whole } = this;
    const across = (x) => at.x(whole.x[0] + ((x - frame.x) / frame.width) * (whole.x[1] - whole.x[0]));
    const up = (y) => at.y(whole.y[1] - ((y - frame.y) / frame.height) * (whole.y[1] - whole.y[0]));
    for (const part of this.parts) {
      const copy = part.cloneNode(true);
      for (const element of [copy, ...copy.querySelectorAll("*")]) place(element, across, up);
      content.append(copy);
    }
    group.append(content);
    this.picture.classList.toggle("zoomed", this.view !== whole);
  }

  #show(view) {
    this.view = view;
    this.read(null);
    this.draw();
  }

  /** Zoom by a factor about a place, given as shares of the picture from the left and from below. */
  #zoom(factor, shares) {
    const cut = ([low, high], [least, most], share) => {
      const span = Math.max((high - low) / factor, NEAREST);
      if (span >= most - least) return [least, most];
      const start = Math.min(Math.max(low + (high - low - span) * share, least), most - span);
      return [start, start + span];
    };
    const view = { x: cut(this.view.x, this.whole.x, shares[0]), y: cut(this.view.y, this.whole.y, shares[1]) };
    const all = ["x", "y"].every((axis) => view[axis][0] === this.whole[axis][0] && view[axis][1] === this.whole[axis][1]);
    this.#show(all ? this.whole : view);
  }

  #move(across, up) {
    const shift = ([low, high], [least, most], share) => {
      const by = Math.min(Math.max(share * (high - low), least - low), most - high);
      return [low + by, high + by];
    };
    if (this.view === this.whole) return;
    this.#show({ x: shift(this.view.x, this.whole.x, across), y: shift(this.view.y, this.whole.y, up) });
  }

  /** The wheel zooms once the plot is in use, or with Ctrl; before, it scrolls the page. */
  #wheel(event) {
    if (!event.ctrlKey && document.activeElement !== this.picture) return;
    event.preventDefault();
    const box = this.picture.getBoundingClientRect();
    const { left, right, top, bottom } = this.at.inner;
    const share = (value, from, to) => Math.min(Math.max((value - from) / (to - from), 0), 1);
    this.#zoom(event.deltaY < 0 ? STEP : 1 / STEP, [share(event.clientX - box.left, left, right), share(event.clientY - box.top, bottom, top)]);
  }

  #hold(event) {
    if (this.view === this.whole) return;
    this.picture.setPointerCapture(event.pointerId);
    const { left, right, top, bottom } = this.at.inner;
    let [x, y] = [event.clientX, event.clientY];
    const move = (next) => {
      this.#move((x - next.clientX) / (right - left), (next.clientY - y) / (bottom - top));
      [x, y] = [next.clientX, next.clientY];
    };
    this.picture.addEventListener("pointermove", move);
    this.picture.addEventListener("lostpointercapture", () => this.picture.removeEventListener("pointermove", move), { once: true });
  }
}

/** Move what is absolute in an element of the server's drawing. */
function place(element, across, up) {
  const set = (name, move, offset = 0) => {
    if (element.hasAttribute(name)) element.setAttribute(name, (move(Number(element.getAttribute(name)) + offset) - offset).toFixed(2));
  };
  const half = Number(element.getAttribute("width") ?? 0) / 2;
  set("cx", across);
  set("cy", up);
  set("x", across, half);
  set("y", up, half);
  const path = element.getAttribute("d");
  if (!path) return;
  const moved = path
    .replace(/([ML])(-?[\d.]+) (-?[\d.]+)/g, (_, command, x, y) => `${command}${across(Number(x)).toFixed(2)} ${up(Number(y)).toFixed(2)}`)
    .replace(/V(-?[\d.]+)/g, (_, y) => `V${up(Number(y)).toFixed(2)}`);
  element.setAttribute("d", moved);
}

customElements.define("loglog-plot", LogLogPlot);
