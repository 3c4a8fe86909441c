// SPDX-License-Identifier: Apache-2.0
// The part of <mic-capture> that runs on the audio thread: gathers blocks, interleaves, hands them over.

class SoundTaker extends AudioWorkletProcessor {
  constructor({ processorOptions }) {
    super();
    this.channels = processorOptions.channels;
    this.size = processorOptions.frames * this.channels;
    this.buffer = new Float32Array(this.size);
    this.filled = 0;
  }

  process([input]) {
    const frames = input[0]?.length ?? 0;
    for (let frame = 0; frame < frames; frame += 1) {
      for (let channel = 0; channel < this.channels; channel += 1) {
        this.buffer[this.filled] = (input[channel] ?? input[0])[frame];
        this.filled += 1;
      }
      if (this.filled === this.size) {
        this.port.postMessage(this.buffer, [this.buffer.buffer]);
        this.buffer = new Float32Array(this.size);
        this.filled = 0;
      }
    }
    return true;
  }
}

registerProcessor("sound-taker", SoundTaker);
