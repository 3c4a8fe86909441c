// SPDX-License-Identifier: Apache-2.0
// The guided sequence: the reader chooses positions and times; the server counts and says what to do next.

export class Guided {
  running = false;
  waiting = false;

  /** `tell` sends a command, `listen` begins to listen where nobody does, `placed` is told the position. */
  constructor(form, { tell, listen, placed }) {
    this.form = form;
    this.tell = tell;
    this.placed = placed;
    this.opener = document.querySelector("[data-do=guided]");
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.waiting = true;
      listen();
    });
    form.addEventListener("click", (event) => {
      const act = event.target.closest("[data-guided]")?.dataset.guided;
      if (act) this.tell({ do: act });
      if (act === "halt") this.leave();
    });
  }

  /** Show or hide the form. */
  open(yes = this.form.hidden) {
    if (this.running) return;
    this.form.hidden = !yes;
    this.opener.setAttribute("aria-expanded", String(yes));
    if (yes) this.form.querySelector("input").focus();
  }

  get plan() {
    const said = new FormData(this.form);
    return { do: "plan", positions: said.getAll("positions"), rest: Number(said.get("rest")), listen: Number(said.get("listen")) };
  }

  #part(name) {
    return this.form.querySelector(`[data-${name}]`);
  }

  /** Show what is to be done now. A sentence is written once, so that a screen reader says it once. */
  show(step) {
    const begun = !this.running;
    this.running = true;
    this.waiting = false;
    this.form.hidden = false;
    this.#part("plan").hidden = true;
    this.#part("step").hidden = false;
    if (begun) this.#part("say").focus();
    if (this.#part("say").textContent !== step.say) this.#part("say").textContent = step.say;
    this.#part("count").textContent = `${this.form.dataset.number} ${step.number + 1} / ${step.of.length} · ${Math.ceil(step.remaining)} s ${this.form.dataset.left}`;
    this.form.querySelector("[data-guided=skip]").disabled = step.phase !== "stabilise";
    this.#part("progress").value = step.number / step.of.length;
    this.#part("steps").replaceChildren(
      ...step.of.map((code, index) => {
        const item = document.createElement("li");
        item.textContent = code;
        if (index === step.number) item.setAttribute("aria-current", "step");
        if (index < step.number) item.className = "done";
        return item;
      }),
    );
    if (step.position) this.placed(step.position);
  }

  /** Leave the sequence; what was kept stays kept. */
  leave() {
    this.running = false;
    this.waiting = false;
    this.#part("plan").hidden = false;
    this.#part("step").hidden = true;
  }
}
