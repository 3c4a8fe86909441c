// SPDX-License-Identifier: Apache-2.0
// <figure-seal>: the seal beside a figure. Without script it is a link to the record's page; with it, the
// same answer opens beside the figure: the page's fragment for the panel, fetched from …/panel.
// A figure that has no record yet points at a <template> or element of the page by data-panel="id".

let panel = null;

/** The one panel of the page; made when it is first needed. */
function panelOfPage() {
  if (panel) return panel;
  panel = document.createElement("dialog");
  panel.className = "why";
  panel.addEventListener("click", (event) => {
    if (event.target === panel || event.target.closest("[data-close]")) panel.close();
  });
  document.body.append(panel);
  return panel;
}

/** Open the panel with this content. */
export function show(content) {
  const dialog = panelOfPage();
  dialog.replaceChildren(content);
  const heading = dialog.querySelector("h2");
  if (heading) {
    heading.id = "why-heading";
    dialog.setAttribute("aria-labelledby", heading.id);
  }
  dialog.showModal();
}

async function fragment(address) {
  const response = await fetch(address, { headers: { Accept: "text/html" } });
  if (!response.ok) throw new Error(String(response.status));
  const parsed = new DOMParser().parseFromString(await response.text(), "text/html");
  const holder = document.createElement("div");
  holder.append(...parsed.body.childNodes);
  return holder;
}

class FigureSeal extends HTMLElement {
  connectedCallback() {
    this.addEventListener("click", (event) => this.#open(event));
  }

  async #open(event) {
    const link = event.target.closest("a, button");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    const near = this.dataset.panel && document.getElementById(this.dataset.panel);
    if (near) {
      const holder = document.createElement("div");
      holder.append(...near.cloneNode(true).childNodes);
      show(holder);
      return;
    }
    const address = new URL(link.href);
    address.pathname += "/panel";
    address.searchParams.set("of", this.dataset.of ?? "");
    address.hash = "";
    try {
      show(await fragment(address));
    } catch {
      location.assign(link.href);
    }
  }
}

customElements.define("figure-seal", FigureSeal);
