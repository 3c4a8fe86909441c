// SPDX-License-Identifier: Apache-2.0
// <find-in for="id">: shows only the entries ([data-find]) of that element that hold all the words typed.

class FindIn extends HTMLElement {
  connectedCallback() {
    this.querySelector("input").addEventListener("input", (event) => this.#find(event.target.value));
    this.status = document.createElement("p");
    this.status.setAttribute("role", "status");
    this.append(this.status);
  }

  #find(text) {
    const words = text.toLowerCase().split(/\s+/).filter(Boolean);
    const scope = document.getElementById(this.getAttribute("for"));
    let shown = 0;
    for (const entry of scope.querySelectorAll("[data-find]")) {
      const content = entry.textContent.toLowerCase();
      entry.hidden = !words.every((word) => content.includes(word));
      shown += entry.hidden ? 0 : 1;
    }
    for (const group of scope.querySelectorAll("[data-group]")) {
      group.hidden = !group.querySelector("[data-find]:not([hidden])");
    }
    this.status.textContent = shown ? "" : this.dataset.none;
  }
}

customElements.define("find-in", FindIn);
