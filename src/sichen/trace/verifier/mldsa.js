// SPDX-License-Identifier: Apache-2.0
// ML-DSA-44 (FIPS 204), verification only, pure form with an empty context.
"use strict";

const latticeQ = 8380417;
const gammaOne = 1 << 17;
const gammaTwo = (latticeQ - 1) / 88;
const hintLimit = 80;
const modQ = (value) => ((value % latticeQ) + latticeQ) % latticeQ;

const powerQ = (base, exponent) => Number(power(BigInt(base), BigInt(exponent), BigInt(latticeQ)));
const reversed = (value) => Number.parseInt(value.toString(2).padStart(8, "0").split("").reverse().join(""), 2);
const zetas = Array.from({ length: 256 }, (_, index) => powerQ(1753, reversed(index)));
const inverse256 = powerQ(256, latticeQ - 2);

const forward = (poly) => {
  const w = Float64Array.from(poly, modQ);
  for (let length = 128, m = 0; length >= 1; length >>= 1) {
    for (let start = 0; start < 256; start += 2 * length) {
      m += 1;
      for (let j = start; j < start + length; j += 1) {
        const t = (zetas[m] * w[j + length]) % latticeQ;
        w[j + length] = modQ(w[j] - t);
        w[j] = (w[j] + t) % latticeQ;
      }
    }
  }
  return w;
};

const backward = (poly) => {
  const w = Float64Array.from(poly);
  for (let length = 1, m = 256; length < 256; length <<= 1) {
    for (let start = 0; start < 256; start += 2 * length) {
      m -= 1;
      for (let j = start; j < start + length; j += 1) {
        const t = w[j];
        w[j] = (t + w[j + length]) % latticeQ;
        w[j + length] = (modQ(w[j + length] - t) * zetas[m]) % latticeQ;
      }
    }
  }
  return w.map((value) => (value * inverse256) % latticeQ);
};

const unpack = (bytes, bits) => {
  const out = new Array((bytes.length * 8) / bits).fill(0);
  for (let i = 0; i < out.length * bits; i += 1) {
    if ((bytes[i >> 3] >> (i & 7)) & 1) out[Math.floor(i / bits)] |= 1 << (i % bits);
  }
  return out;
};

const matrixEntry = (seed, row, column) => {
  const next = shake(168, concat(seed, Uint8Array.of(column, row)));
  const poly = [];
  while (poly.length < 256) {
    const [a, b, c] = next(3);
    const value = a | (b << 8) | ((c & 127) << 16);
    if (value < latticeQ) poly.push(value);
  }
  return poly;
};

const sparse = (seed) => {
  const next = shake(136, seed);
  const signs = unpack(next(8), 1);
  const poly = new Array(256).fill(0);
  for (let i = 217; i < 256; i += 1) {
    let [j] = next(1);
    while (j > i) [j] = next(1);
    poly[i] = poly[j];
    poly[j] = signs[i - 217] ? -1 : 1;
  }
  return poly;
};

const readHints = (bytes) => {
  const hints = Array.from({ length: 4 }, () => new Uint8Array(256));
  let at = 0;
  for (let i = 0; i < 4; i += 1) {
    const end = bytes[hintLimit + i];
    if (end < at || end > hintLimit) return null;
    for (let first = at; at < end; at += 1) {
      if (at > first && bytes[at - 1] >= bytes[at]) return null;
      hints[i][bytes[at]] = 1;
    }
  }
  return bytes.subarray(at, hintLimit).some((byte) => byte) ? null : hints;
};

const useHint = (hint, value) => {
  let low = value % (2 * gammaTwo);
  if (low > gammaTwo) low -= 2 * gammaTwo;
  let high = (value - low) / (2 * gammaTwo);
  if (value - low === latticeQ - 1) [high, low] = [0, low - 1];
  if (!hint) return high;
  return low > 0 ? (high + 1) % 44 : (high + 43) % 44;
};

const matrices = new Map();
const expanded = (key) => {
  const name = toHex(sha256(key));
  if (!matrices.has(name)) {
    const rows = [0, 1, 2, 3].map((row) => [0, 1, 2, 3].map((column) => matrixEntry(key.subarray(0, 32), row, column)));
    const high = [0, 1, 2, 3].map((row) => {
      const packed = key.subarray(32 + 320 * row, 352 + 320 * row);
      return forward(unpack(packed, 10).map((value) => value * 8192));
    });
    matrices.set(name, [rows, high]);
  }
  return matrices.get(name);
};

const verifyMlDsa44 = (key, signature, message) => {
  if (key.length !== 1312 || signature.length !== 2420) return false;
  const seed = signature.subarray(0, 32);
  const z = [0, 1, 2, 3].map((row) => unpack(signature.subarray(32 + 576 * row, 608 + 576 * row), 18).map((raw) => gammaOne - raw));
  const hints = readHints(signature.subarray(2336));
  if (hints === null || z.some((poly) => poly.some((value) => Math.abs(value) >= gammaOne - 78))) return false;
  const [matrix, high] = expanded(key);
  const mu = shake(136, concat(shake(136, key)(64), Uint8Array.of(0, 0), message))(64);
  const c = forward(sparse(seed));
  const zs = z.map(forward);
  const packed = matrix.map((row, number) => {
    const sum = new Float64Array(256);
    for (let i = 0; i < 256; i += 1) {
      let value = modQ(-((c[i] * high[number][i]) % latticeQ));
      for (let column = 0; column < 4; column += 1) value += (row[column][i] * zs[column][i]) % latticeQ;
      sum[i] = value % latticeQ;
    }
    const out = new Uint8Array(192);
    backward(sum).forEach((value, i) => {
      const digit = useHint(hints[number][i], value);
      for (let bit = 0; bit < 6; bit += 1) if ((digit >> bit) & 1) out[(6 * i + bit) >> 3] |= 1 << ((6 * i + bit) & 7);
    });
    return out;
  });
  return sameBytes(shake(136, concat(mu, ...packed))(32), seed);
};
