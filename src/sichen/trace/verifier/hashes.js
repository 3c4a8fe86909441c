// SPDX-License-Identifier: Apache-2.0
// SHA-256, SHA-512 and SHAKE. The constants are computed from their definitions, so that none can be mistyped.
"use strict";

const mask64 = (1n << 64n) - 1n;

const concat = (...parts) => {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
};

const sameBytes = (one, other) => one.length === other.length && one.every((value, index) => value === other[index]);

const rootOf = (value, degree) => {
  let guess = 1n << BigInt(Math.ceil(value.toString(2).length / Number(degree)));
  for (;;) {
    const next = ((degree - 1n) * guess + value / guess ** (degree - 1n)) / degree;
    if (next >= guess) return guess;
    guess = next;
  }
};

const primes = [];
for (let number = 2; primes.length < 80; number += 1) if (primes.every((prime) => number % prime)) primes.push(number);
const cubeRoots = primes.map((prime) => rootOf(BigInt(prime) << 192n, 3n) & mask64);
const squareRoots = primes.slice(0, 8).map((prime) => rootOf(BigInt(prime) << 128n, 2n) & mask64);
const rounds256 = Int32Array.from(cubeRoots.slice(0, 64), (value) => Number(value >> 32n) | 0);
const start256 = squareRoots.map((value) => Number(value >> 32n) | 0);

const padded = (data, block, lengthBytes) => {
  const whole = new Uint8Array(Math.ceil((data.length + 1 + lengthBytes) / block) * block);
  whole.set(data);
  whole[data.length] = 0x80;
  new DataView(whole.buffer).setBigUint64(whole.length - 8, BigInt(data.length) * 8n);
  return whole;
};

const sha256 = (data) => {
  const whole = padded(data, 64, 8);
  const view = new DataView(whole.buffer);
  const state = Int32Array.from(start256);
  const words = new Int32Array(64);
  const turn = (value, count) => (value >>> count) | (value << (32 - count));
  for (let block = 0; block < whole.length; block += 64) {
    for (let i = 0; i < 16; i += 1) words[i] = view.getInt32(block + 4 * i);
    for (let i = 16; i < 64; i += 1) {
      const x = words[i - 15];
      const y = words[i - 2];
      const s0 = turn(x, 7) ^ turn(x, 18) ^ (x >>> 3);
      const s1 = turn(y, 17) ^ turn(y, 19) ^ (y >>> 10);
      words[i] = words[i - 16] + s0 + words[i - 7] + s1;
    }
    let [a, b, c, d, e, f, g, h] = state;
    for (let i = 0; i < 64; i += 1) {
      const s1 = turn(e, 6) ^ turn(e, 11) ^ turn(e, 25);
      const t1 = (h + s1 + ((e & f) ^ (~e & g)) + rounds256[i] + words[i]) | 0;
      const s0 = turn(a, 2) ^ turn(a, 13) ^ turn(a, 22);
      const t2 = (s0 + ((a & b) ^ (a & c) ^ (b & c))) | 0;
      [h, g, f, e, d, c, b, a] = [g, f, e, (d + t1) | 0, c, b, a, (t1 + t2) | 0];
    }
    [a, b, c, d, e, f, g, h].forEach((value, index) => { state[index] += value; });
  }
  const out = new DataView(new ArrayBuffer(32));
  state.forEach((value, index) => out.setInt32(4 * index, value));
  return new Uint8Array(out.buffer);
};

const sha512 = (data) => {
  const whole = padded(data, 128, 16);
  const view = new DataView(whole.buffer);
  const state = squareRoots.slice();
  const turn = (value, count) => ((value >> count) | (value << (64n - count))) & mask64;
  for (let block = 0; block < whole.length; block += 128) {
    const words = [];
    for (let i = 0; i < 16; i += 1) words.push(view.getBigUint64(block + 8 * i));
    for (let i = 16; i < 80; i += 1) {
      const x = words[i - 15];
      const y = words[i - 2];
      const s0 = turn(x, 1n) ^ turn(x, 8n) ^ (x >> 7n);
      const s1 = turn(y, 19n) ^ turn(y, 61n) ^ (y >> 6n);
      words.push((words[i - 16] + s0 + words[i - 7] + s1) & mask64);
    }
    let [a, b, c, d, e, f, g, h] = state;
    for (let i = 0; i < 80; i += 1) {
      const s1 = turn(e, 14n) ^ turn(e, 18n) ^ turn(e, 41n);
      const t1 = h + s1 + ((e & f) ^ (~e & mask64 & g)) + cubeRoots[i] + words[i];
      const s0 = turn(a, 28n) ^ turn(a, 34n) ^ turn(a, 39n);
      const t2 = s0 + ((a & b) ^ (a & c) ^ (b & c));
      [h, g, f, e, d, c, b, a] = [g, f, e, (d + t1) & mask64, c, b, a, (t1 + t2) & mask64];
    }
    [a, b, c, d, e, f, g, h].forEach((value, index) => { state[index] = (state[index] + value) & mask64; });
  }
  const out = new DataView(new ArrayBuffer(64));
  state.forEach((value, index) => out.setBigUint64(8 * index, value));
  return new Uint8Array(out.buffer);
};

// Keccak on 32-bit halves: state[2 * lane] is the low half.
const keccakRounds = [];
for (let round = 0, lfsr = 1; round < 24; round += 1) {
  let constant = 0n;
  for (let bit = 0; bit < 7; bit += 1) {
    if (lfsr & 1) constant ^= 1n << ((1n << BigInt(bit)) - 1n);
    lfsr = lfsr & 0x80 ? (lfsr << 1) ^ 0x171 : lfsr << 1;
  }
  keccakRounds.push([Number(constant & 0xffffffffn) | 0, Number(constant >> 32n) | 0]);
}
const keccakMoves = [];
for (let step = 0, x = 1, y = 0; step < 24; step += 1) {
  [x, y] = [y, (2 * x + 3 * y) % 5];
  keccakMoves.push([x + 5 * y, (((step + 1) * (step + 2)) / 2) % 64]);
}

const keccak = (state) => {
  const sums = new Int32Array(10);
  const moved = new Int32Array(50);
  for (const [low, high] of keccakRounds) {
    for (let i = 0; i < 10; i += 1) sums[i] = state[i] ^ state[i + 10] ^ state[i + 20] ^ state[i + 30] ^ state[i + 40];
    for (let x = 0; x < 5; x += 1) {
      const left = 2 * ((x + 4) % 5);
      const right = 2 * ((x + 1) % 5);
      const mixLow = sums[left] ^ ((sums[right] << 1) | (sums[right + 1] >>> 31));
      const mixHigh = sums[left + 1] ^ ((sums[right + 1] << 1) | (sums[right] >>> 31));
      for (let y = 0; y < 50; y += 10) {
        state[y + 2 * x] ^= mixLow;
        state[y + 2 * x + 1] ^= mixHigh;
      }
    }
    let from = 1;
    moved[0] = state[0];
    moved[1] = state[1];
    for (const [to, count] of keccakMoves) {
      let a = state[2 * from];
      let b = state[2 * from + 1];
      if (count >= 32) [a, b] = [b, a];
      const turn = count % 32;
      moved[2 * to] = turn ? (a << turn) | (b >>> (32 - turn)) : a;
      moved[2 * to + 1] = turn ? (b << turn) | (a >>> (32 - turn)) : b;
      from = to;
    }
    for (let y = 0; y < 50; y += 10) {
      for (let x = 0; x < 10; x += 1) state[y + x] = moved[y + x] ^ (~moved[y + ((x + 2) % 10)] & moved[y + ((x + 4) % 10)]);
    }
    state[0] ^= low;
    state[1] ^= high;
  }
};

// Returns a function that gives the next bytes of SHAKE128 (rate 168) or SHAKE256 (rate 136).
const shake = (rate, data) => {
  const whole = new Uint8Array(Math.ceil((data.length + 1) / rate) * rate);
  whole.set(data);
  whole[data.length] ^= 0x1f;
  whole[whole.length - 1] ^= 0x80;
  const view = new DataView(whole.buffer);
  const state = new Int32Array(50);
  for (let block = 0; block < whole.length; block += rate) {
    for (let i = 0; i < rate / 4; i += 1) state[i] ^= view.getInt32(block + 4 * i, true);
    keccak(state);
  }
  let used = 0;
  return (count) => {
    const out = new Uint8Array(count);
    for (let i = 0; i < count; i += 1) {
      if (used === rate) {
        keccak(state);
        used = 0;
      }
      out[i] = state[used >> 2] >>> (8 * (used & 3));
      used += 1;
    }
    return out;
  };
};
