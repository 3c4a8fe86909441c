// SPDX-License-Identifier: Apache-2.0
// <mic-capture>: sound from a microphone, unprocessed, in pieces of a tenth of a second.
//   .start() asks for the microphone; .stop() gives it back
//   events: "begin" {sampleRate, deviceRate, channels, settings, altered}, "sound" {buffer: Float32Array,
//   interleaved}, "end" {reason?}. `altered` names processing that the browser would not switch off.
// The three helpers of telephony (echo, noise, gain) would eat the ticks: they are asked off and then checked.

const PROCESSING = ["echoCancellation", "noiseSuppression", "autoGainControl"];
const WANTED_RATE = 48_000;

class MicCapture extends HTMLElement {
  connectedCallback() {
    this.choice = this.querySelector("select");
    navigator.mediaDevices?.addEventListener("devicechange", () => this.#devices());
    if (!this.#secure()) this.#tell(this.dataset.insecure);
  }

  disconnectedCallback() {
    this.stop();
  }

  #secure() {
    return window.isSecureContext && Boolean(navigator.mediaDevices?.getUserMedia);
  }

  #tell(text) {
    const place = this.querySelector("[data-tell]");
    place.textContent = text ?? "";
    place.hidden = !text;
  }

  /** Names of devices are known only after the reader has allowed the microphone once. */
  async #devices() {
    if (!this.choice) return;
    const all = await navigator.mediaDevices.enumerateDevices();
    const inputs = all.filter((device) => device.kind === "audioinput" && device.label);
    const chosen = this.choice.value;
    const options = inputs.map((device) => new Option(device.label, device.deviceId, false, device.deviceId === chosen));
    this.choice.replaceChildren(new Option(this.dataset.default, ""), ...options);
    this.choice.value = inputs.some((device) => device.deviceId === chosen) ? chosen : "";
    this.choice.closest("label").hidden = inputs.length < 2;
  }

  async start() {
    this.stop();
    if (!this.#secure()) {
      this.#tell(this.dataset.insecure);
      this.#emit("end", { reason: this.dataset.insecure });
      return;
    }
    try {
      await this.#open();
      this.#tell("");
    } catch (error) {
      const known = { NotAllowedError: "denied", NotFoundError: "absent", NotReadableError: "busy", OverconstrainedError: "absent" };
      const reason = this.dataset[known[error.name] ?? "failed"];
      this.#tell(reason);
      this.stop();
      this.#emit("end", { reason });
    }
  }

  async #open() {
    const wishes = Object.fromEntries(PROCESSING.map((name) => [name, false]));
    const device = this.choice?.value ? { deviceId: { exact: this.choice.value } } : {};
    this.stream = await navigator.mediaDevices.getUserMedia({ audio: { ...wishes, ...device, channelCount: { ideal: 2 } } });
    const [track] = this.stream.getAudioTracks();
    const settings = track.getSettings();
    await this.#devices();
    this.context = new AudioContext({ sampleRate: WANTED_RATE, latencyHint: "interactive" });
    await this.context.audioWorklet.addModule(this.dataset.worklet);
    const channels = Math.min(settings.channelCount ?? 1, 2);
    const source = this.context.createMediaStreamSource(this.stream);
    this.node = new AudioWorkletNode(this.context, "sound-taker", {
      numberOfOutputs: 0,
      channelCount: channels,
      channelCountMode: "explicit",
      channelInterpretation: "discrete",
      processorOptions: { channels, frames: Math.round(this.context.sampleRate / 10) },
    });
    this.#emit("begin", {
      sampleRate: this.context.sampleRate,
      deviceRate: settings.sampleRate ?? null,
      channels,
      settings: Object.fromEntries(PROCESSING.map((name) => [name, settings[name] ?? null])),
      altered: PROCESSING.filter((name) => settings[name] === true),
    });
    this.node.port.onmessage = (message) => this.#emit("sound", { buffer: message.data });
    track.addEventListener("ended", () => {
      this.stop();
      this.#emit("end", { reason: this.dataset.lost });
    });
    source.connect(this.node);
    await this.context.resume();
  }

  stop() {
    this.stream?.getTracks().forEach((track) => track.stop());
    if (this.node) this.node.port.onmessage = null;
    this.context?.close();
    this.stream = this.context = this.node = null;
  }

  #emit(name, detail) {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }
}

customElements.define("mic-capture", MicCapture);
