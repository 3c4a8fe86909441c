// SPDX-License-Identifier: Apache-2.0
// <number-pad data-for="id">: keys that a gloved finger hits, for a number field. The field stays an ordinary one.

const ROWS = ["7", "8", "9", "4", "5", "6", "1", "2", "3", "-", "0", "."];

class NumberPad extends HTMLElement {
  connectedCallback() {
    if (this.firstChild) return;
    this.field = document.getElementById(this.dataset.for);
    if (!this.field) return;
    // A tablet would cover half of the page with its own keyboard; a real keyboard still types.
    if (window.matchMedia("(pointer: coarse)").matches) this.field.inputMode = "none";
    for (const key of ROWS) this.append(this.#button(key));
    this.append(this.#button("back"));
    this.setAttribute("role", "group");
  }

  #button(key) {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = { "-": "±", back: "⌫" }[key] ?? key;
    const word = { "-": this.dataset.minus, ".": this.dataset.point, back: this.dataset.back }[key];
    if (word) button.setAttribute("aria-label", word);
    button.className = key === "back" ? "back" : "";
    button.disabled = (key === "-" && this.dataset.positive !== undefined) || (key === "." && this.dataset.whole !== undefined);
    button.addEventListener("click", () => this.#press(key));
    return button;
  }

  #press(key) {
    const old = this.field.value;
    if (key === "back") this.field.value = old.slice(0, -1);
    else if (key === "-") this.field.value = /^[-−]/.test(old) ? old.slice(1) : `-${old}`;
    else if (key !== "." || !old.includes(".")) this.field.value = old + key;
    this.field.dispatchEvent(new Event("input", { bubbles: true }));
  }
}

customElements.define("number-pad", NumberPad);
