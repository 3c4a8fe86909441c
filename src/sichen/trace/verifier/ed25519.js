// SPDX-License-Identifier: Apache-2.0
// Ed25519 (RFC 8032), verification only. Keys that prove nothing are refused: not canonical, not on the curve, small order.
"use strict";

const fieldPrime = (1n << 255n) - 19n;
const groupOrder = (1n << 252n) + 27742317777372353535851937790883648493n;
const inField = (value) => ((value % fieldPrime) + fieldPrime) % fieldPrime;

const power = (base, exponent, modulus) => {
  let result = 1n;
  for (let square = base % modulus; exponent; exponent >>= 1n) {
    if (exponent & 1n) result = (result * square) % modulus;
    square = (square * square) % modulus;
  }
  return result;
};

const curveD = inField(-121665n * power(121666n, fieldPrime - 2n, fieldPrime));
const minusOneRoot = power(2n, (fieldPrime - 1n) / 4n, fieldPrime);
const neutral = [0n, 1n, 1n, 0n];

const fromLittle = (bytes) => bytes.reduceRight((sum, byte) => (sum << 8n) | BigInt(byte), 0n);
const toLittle = (value) => Uint8Array.from({ length: 32 }, (_, index) => Number((value >> BigInt(8 * index)) & 255n));

const addPoints = ([x1, y1, z1, t1], [x2, y2, z2, t2]) => {
  const a = inField((y1 - x1) * (y2 - x2));
  const b = inField((y1 + x1) * (y2 + x2));
  const c = inField(2n * curveD * inField(t1 * t2));
  const d = inField(2n * z1 * z2);
  const [e, f, g, h] = [b - a, d - c, d + c, b + a];
  return [inField(e * f), inField(g * h), inField(f * g), inField(e * h)];
};

const readPoint = (bytes) => {
  const number = fromLittle(bytes);
  const y = number & ((1n << 255n) - 1n);
  const sign = number >> 255n;
  if (y >= fieldPrime) return null;
  const u = inField(y * y - 1n);
  const v = inField(curveD * y * y + 1n);
  let x = inField(u * power(v, 3n, fieldPrime) * power(inField(u * power(v, 7n, fieldPrime)), (fieldPrime - 5n) / 8n, fieldPrime));
  if (inField(v * x * x) !== u) x = inField(x * minusOneRoot);
  if (inField(v * x * x) !== u || (x === 0n && sign)) return null;
  if ((x & 1n) !== sign) x = fieldPrime - x;
  return [x, y, 1n, inField(x * y)];
};

const writePoint = ([x, y, z]) => {
  const inverse = power(z, fieldPrime - 2n, fieldPrime);
  const bytes = toLittle(inField(y * inverse));
  bytes[31] |= Number(inField(x * inverse) & 1n) << 7;
  return bytes;
};

const basePoint = readPoint(toLittle(inField(4n * power(5n, fieldPrime - 2n, fieldPrime))));

const goodEd25519Key = (bytes) => {
  const point = bytes.length === 32 ? readPoint(bytes) : null;
  if (point === null) return null;
  let eight = point;
  for (let i = 0; i < 3; i += 1) eight = addPoints(eight, eight);
  return eight[0] === 0n ? null : point;
};

const verifyEd25519 = (key, signature, message) => {
  const point = goodEd25519Key(key);
  if (point === null || signature.length !== 64) return false;
  const s = fromLittle(signature.subarray(32));
  if (s >= groupOrder) return false;
  const k = fromLittle(sha512(concat(signature.subarray(0, 32), key, message))) % groupOrder;
  const minus = [fieldPrime - point[0], point[1], 1n, inField(-point[3])];
  const both = addPoints(basePoint, minus);
  let sum = neutral;
  for (let bit = 252n; bit >= 0n; bit -= 1n) {
    sum = addPoints(sum, sum);
    const [one, other] = [(s >> bit) & 1n, (k >> bit) & 1n];
    if (one || other) sum = addPoints(sum, one && other ? both : one ? basePoint : minus);
  }
  return sameBytes(writePoint(sum), signature.subarray(0, 32));
};
