// SPDX-License-Identifier: Apache-2.0
// What all plots share: SVG elements, round tick values, numbers as people write them, files to take away.

const NAMESPACE = "http://www.w3.org/2000/svg";
const PAINTED = ["stroke", "stroke-width", "stroke-dasharray", "stroke-linecap", "fill", "font-size", "font-family", "text-anchor"];

/** Make an SVG element with attributes and children. */
export function svg(name, attributes = {}, ...children) {
  const element = document.createElementNS(NAMESPACE, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  element.append(...children);
  return element;
}

/** Return the step of 1, 2 or 5 times a power of ten that cuts a span into about `count` parts. */
export function step(span, count) {
  const rough = span / Math.max(count, 1);
  const power = 10 ** Math.floor(Math.log10(rough));
  const lead = rough / power;
  return power * (lead < 1.5 ? 1 : lead < 3.5 ? 2 : lead < 7.5 ? 5 : 10);
}

/** Return round values between two bounds. */
export function ticks(low, high, count) {
  if (!(high > low)) return [low];
  const width = step(high - low, count);
  const values = [];
  for (let k = Math.ceil(low / width - 1e-9); k * width <= high + width * 1e-9; k += 1) values.push(k * width);
  return values;
}

/** Write a number with the decimals that a step needs, with a real minus sign. */
export function written(value, width = 0.01, signed = false) {
  const decimals = Math.max(0, Math.min(6, Math.ceil(-Math.log10(width) - 1e-9)));
  const text = Math.abs(value) < width / 1e6 ? (0).toFixed(decimals) : value.toFixed(decimals);
  return (signed && value > 0 ? "+" : "") + text.replace("-", "−");
}

/** Hand a text to the reader as a file. */
export function save(name, type, text) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([text], { type }));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

/** Write rows as CSV (RFC 4180). */
export function csv(columns, rows) {
  const cell = (value) => (/[",\n]/.test(String(value)) ? `"${String(value).replaceAll('"', '""')}"` : String(value ?? ""));
  return [columns, ...rows].map((row) => row.map(cell).join(",")).join("\r\n") + "\r\n";
}

/** Return a picture as a file of its own: what the style sheet paints is written into it. */
export function standalone(picture) {
  const copy = picture.cloneNode(true);
  const from = [picture, ...picture.querySelectorAll("*")];
  [copy, ...copy.querySelectorAll("*")].forEach((element, index) => {
    const style = getComputedStyle(from[index]);
    for (const property of PAINTED) element.setAttribute(property, style.getPropertyValue(property));
    element.removeAttribute("class");
  });
  copy.setAttribute("xmlns", NAMESPACE);
  return new XMLSerializer().serializeToString(copy);
}
