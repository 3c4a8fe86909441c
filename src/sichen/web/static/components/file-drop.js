// SPDX-License-Identifier: Apache-2.0
// <file-drop data-to="/api/…" data-limit="bytes">: files dropped on it or chosen are sent one after another.
//   events: "sent" {file, answer}, "refused" {file, reason}. Each file has a line with its progress and a way to stop.

class FileDrop extends HTMLElement {
  waiting = [];
  busy = false;

  connectedCallback() {
    this.input = this.querySelector("input[type=file]");
    this.list = this.querySelector("[data-list]");
    this.input.addEventListener("change", () => {
      this.take(this.input.files);
      this.input.value = "";
    });
    this.addEventListener("dragover", (event) => {
      event.preventDefault();
      this.classList.add("over");
    });
    this.addEventListener("dragleave", () => this.classList.remove("over"));
    this.addEventListener("drop", (event) => {
      event.preventDefault();
      this.classList.remove("over");
      this.take(event.dataTransfer.files);
    });
  }

  /** Let the reader choose files. */
  choose() {
    this.input.click();
  }

  take(files) {
    for (const file of files) this.waiting.push(this.#line(file));
    this.#next();
  }

  #line(file) {
    const line = document.createElement("li");
    const name = document.createElement("span");
    name.className = "file-name";
    name.textContent = file.name;
    const state = document.createElement("span");
    state.setAttribute("role", "status");
    state.textContent = this.dataset.waiting;
    const bar = document.createElement("progress");
    bar.max = 1;
    bar.value = 0;
    bar.setAttribute("aria-label", file.name);
    const stop = document.createElement("button");
    stop.type = "button";
    stop.className = "small";
    stop.textContent = this.dataset.cancel;
    stop.setAttribute("aria-label", `${this.dataset.cancel}: ${file.name}`);
    line.append(name, bar, state, stop);
    this.list.prepend(line);
    const job = { file, line, state, bar, stop, request: null, stopped: false };
    stop.addEventListener("click", () => this.#stop(job));
    return job;
  }

  #stop(job) {
    job.stopped = true;
    job.request?.abort();
    this.#end(job, this.dataset.stopped);
  }

  #end(job, text) {
    job.bar.remove();
    job.stop.remove();
    job.state.textContent = text;
  }

  #next() {
    const job = this.busy ? null : this.waiting.shift();
    if (!job) return;
    if (job.stopped) return this.#next();
    if (job.file.size > Number(this.dataset.limit)) {
      this.#refuse(job, this.dataset.large);
      return this.#next();
    }
    this.#send(job);
  }

  #send(job) {
    this.busy = true;
    const request = new XMLHttpRequest();
    job.request = request;
    job.state.textContent = this.dataset.sending;
    request.upload.addEventListener("progress", (event) => {
      job.bar.value = event.total ? event.loaded / event.total : 0;
    });
    request.upload.addEventListener("load", () => {
      job.bar.removeAttribute("value");
      job.state.textContent = this.dataset.measuring;
    });
    request.addEventListener("loadend", () => {
      this.busy = false;
      if (!job.stopped) this.#answer(job, request);
      this.#next();
    });
    const form = new FormData();
    for (const field of this.fields?.() ?? []) form.append(...field);
    form.append("file", job.file);
    request.open("POST", this.dataset.to);
    request.responseType = "json";
    request.setRequestHeader("Accept", "application/json");
    request.send(form);
  }

  #answer(job, request) {
    if (request.status >= 200 && request.status < 300) {
      this.#end(job, "");
      this.dispatchEvent(new CustomEvent("sent", { detail: { file: job.file, answer: request.response, line: job.line, state: job.state } }));
      return;
    }
    this.#refuse(job, request.response?.detail ?? this.dataset.failed);
  }

  #refuse(job, reason) {
    this.#end(job, reason);
    job.line.classList.add("wrong");
    this.dispatchEvent(new CustomEvent("refused", { detail: { file: job.file, reason } }));
  }
}

customElements.define("file-drop", FileDrop);
