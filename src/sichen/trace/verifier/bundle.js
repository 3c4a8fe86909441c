// SPDX-License-Identifier: Apache-2.0
// The bundle of one watch, verified as sichen.trace.ledger.bundle does it: the same steps, the same refusals.
"use strict";

class Refusal extends Error {
  constructor(key, blanks = {}) {
    super(key);
    this.key = key;
    this.blanks = blanks;
  }
}

const refuseUnless = (good, key, blanks) => { if (!good) throw new Refusal(key, blanks); };
const toHex = (bytes) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
const utf8 = (text) => new TextEncoder().encode(text);
const whole = /^(0|[1-9][0-9]{0,18})$/;

const decode64 = (text) => {
  let data = null;
  try {
    data = atob(text);
  } catch {
    throw new Refusal("encoding");
  }
  refuseUnless(btoa(data) === text, "encoding");
  return Uint8Array.from(data, (character) => character.charCodeAt(0));
};

const bigEndian = (value) => {
  const view = new DataView(new ArrayBuffer(8));
  view.setBigUint64(0, BigInt(value));
  return new Uint8Array(view.buffer);
};

// RFC 8785: the language's own numbers and strings are the canonical ones.
const canonical = (value) => {
  if (value === null || typeof value === "boolean" || typeof value === "number") return String(value);
  if (typeof value === "string") {
    refuseUnless(!/[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/.test(value), "encoding");
    return JSON.stringify(value);
  }
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  return `{${Object.keys(value).sort().map((key) => `${canonical(key)}:${canonical(value[key])}`).join(",")}}`;
};

const leafHash = (data) => sha256(concat(Uint8Array.of(0), data));
const nodeHash = (left, right) => sha256(concat(Uint8Array.of(1), left, right));

const rootFromPath = (leaf, index, size, path) => {
  refuseUnless(index >= 0n && index < size && path.every((hash) => hash.length === 32), "inclusion");
  let hash = leaf;
  let [node, last] = [index, size - 1n];
  for (const other of path) {
    refuseUnless(last > 0n, "inclusion");
    if (node & 1n || node === last) {
      hash = nodeHash(other, hash);
      while (!(node & 1n) && node) [node, last] = [node >> 1n, last >> 1n];
    } else {
      hash = nodeHash(hash, other);
    }
    [node, last] = [node >> 1n, last >> 1n];
  }
  refuseUnless(last === 0n, "inclusion");
  return hash;
};

const algorithms = { 1: [32, 64], 4: [32, 72], 6: [1312, 2428] };

const readKey = (text) => {
  const match = /^([^\s+]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/]+={0,2})$/.exec(text);
  refuseUnless(match, "key");
  const data = decode64(match[3]);
  const [name, algorithm, bytes] = [match[1], data[0], data.subarray(1)];
  refuseUnless(algorithm in algorithms && bytes.length === algorithms[algorithm][0], "key");
  refuseUnless(toHex(sha256(concat(utf8(`${name}\n`), data)).subarray(0, 4)) === match[2], "key");
  refuseUnless(algorithm === 6 || goodEd25519Key(bytes), "key");
  const fingerprint = toHex(sha256(utf8(text))).slice(0, 32).match(/.{4}/g).join(" ");
  return { text, name, algorithm, bytes, id: match[2], fingerprint };
};

const verifyBare = (key, signature, message) =>
  key.algorithm === 6 ? verifyMlDsa44(key.bytes, signature, message) : verifyEd25519(key.bytes, signature, message);

const readNote = (text) => {
  refuseUnless(!/[\u0000-\u0009\u000b-\u001f]/.test(text), "note");
  const gap = text.lastIndexOf("\n\n");
  const tail = text.slice(gap + 2);
  refuseUnless(gap > 0 && tail.endsWith("\n"), "note");
  const lines = tail.slice(0, -1).split("\n").map((line) => {
    const match = /^\u2014 ([^\s+]+) (\S+)$/.exec(line);
    refuseUnless(match, "note");
    const data = decode64(match[2]);
    refuseUnless(data.length > 4, "note");
    return { name: match[1], id: toHex(data.subarray(0, 4)), signature: data.subarray(4) };
  });
  const body = text.slice(0, gap + 1);
  const parts = body.split("\n");
  refuseUnless(parts.length === 4 && parts[0] && whole.test(parts[1]), "note");
  const root = decode64(parts[2]);
  refuseUnless(root.length === 32, "note");
  return { body, lines, origin: parts[0], size: BigInt(parts[1]), root };
};

const checkLine = (note, line, key) => {
  refuseUnless(line.signature.length === algorithms[key.algorithm][1], "signature", { name: key.name });
  if (key.algorithm === 1) {
    refuseUnless(verifyBare(key, line.signature, utf8(note.body)), "signature", { name: key.name });
    return;
  }
  const stamp = line.signature.subarray(0, 8);
  const time = new DataView(stamp.slice().buffer).getBigUint64(0);
  const [signer, origin] = [utf8(key.name), utf8(note.origin)];
  const message = key.algorithm === 4
    ? utf8(`cosignature/v1\ntime ${time}\n${note.body}`)
    : concat(utf8("subtree/v1\n\0"), Uint8Array.of(signer.length), signer, stamp, Uint8Array.of(origin.length), origin,
      bigEndian(0), bigEndian(note.size), note.root);
  refuseUnless(time < 1n << 63n && verifyBare(key, line.signature.subarray(8), message), "signature", { name: key.name });
};

const checkLines = (note, keys) => {
  const wanted = keys.slice();
  for (const line of note.lines) {
    const at = wanted.findIndex((key) => key.name === line.name && key.id === line.id);
    refuseUnless(at >= 0, "stranger", { name: line.name });
    checkLine(note, line, wanted[at]);
    wanted.splice(at, 1);
  }
  refuseUnless(wanted.length === 0, "unsigned", { name: wanted.length ? wanted[0].name : "" });
};

const readEntry = (value, note) => {
  const keys = Object.keys(value ?? {}).sort().join();
  refuseUnless((keys === "payload,proof" || keys === "commitment,proof") && typeof value.proof === "string", "form");
  const lines = value.proof.split("\n");
  let salt = new Uint8Array();
  if (lines[1]?.startsWith("extra ")) salt = decode64(lines.splice(1, 1)[0].slice(6));
  const index = lines[1]?.slice(6) ?? "";
  refuseUnless(lines[0] === "c2sp.org/tlog-proof@v1" && lines[1].startsWith("index ") && whole.test(index), "form");
  refuseUnless(lines.at(-1) === "" && lines.length > 2, "form");
  const path = lines.slice(2, -1).map(decode64);
  const erased = !("payload" in value);
  refuseUnless(salt.length === (erased ? 0 : 16), "form");
  const commitment = erased ? decode64(value.commitment) : sha256(concat(salt, utf8(canonical(value.payload))));
  refuseUnless(commitment.length === 32, "form");
  const root = rootFromPath(leafHash(commitment), BigInt(index), note.size, path);
  refuseUnless(sameBytes(root, note.root), "inclusion");
  return { index: Number(index), payload: erased ? null : value.payload };
};

const readStatement = ({ index, payload }) => {
  const names = "act,form,instant,keys,origin,recovery,signatures,since";
  refuseUnless(payload && Object.keys(payload).sort().join() === names && payload.form === "sichen.key/1", "statement");
  const { signatures, ...unsigned } = payload;
  const message = concat(utf8("sichen.key/1\n"), utf8(canonical(unsigned)));
  const given = new Map(signatures.map((one) => [one.key, decode64(one.signature)]));
  const isSignedBy = (keys) =>
    keys.length > 0 && keys.every((key) => given.has(key.text) && verifyBare(key, given.get(key.text), message));
  return { ...payload, index, keys: payload.keys.map(readKey), recovery: payload.recovery.map(readKey), isSignedBy };
};

const sameKeys = (some, others) => some.map((key) => key.text).join() === others.map((key) => key.text).join();

const mayState = (statement, last) => {
  if (!statement.isSignedBy(statement.keys) || statement.keys.some((key) => key.name !== statement.origin)) return false;
  if (last === null) return statement.act === "begin" && statement.since === null;
  if (statement.act === "rotate") {
    return statement.isSignedBy(last.keys) && sameKeys(statement.recovery, last.recovery) && statement.since === null;
  }
  return statement.act === "compromise" && statement.isSignedBy(last.recovery) && statement.isSignedBy(statement.recovery);
};

const readKeyLog = (statements) => {
  refuseUnless(statements.length && statements[0].index === 0, "statement");
  const periods = [];
  const voids = [];
  for (const statement of statements) {
    const last = periods.at(-1) ?? null;
    refuseUnless(statement.origin === statements[0].origin && mayState(statement, last), "statement");
    refuseUnless(last === null || statement.index >= last.first, "statement");
    if (statement.act === "compromise") {
      refuseUnless(Number.isInteger(statement.since) && statement.since >= 0 && statement.since <= statement.index, "statement");
      voids.push([statement.since + 1, statement.index]);
    }
    periods.push({ first: statement.index + 1, keys: statement.keys, recovery: statement.recovery });
  }
  return { origin: statements[0].origin, periods, voids };
};

const readPolicy = (text) => {
  const policy = { logs: [], witnesses: new Map(), groups: new Map(), quorum: "none" };
  for (const line of text.split("\n")) {
    const words = line.trim().split(/[ \t]+/);
    if (words[0] === "log") policy.logs.push(words[1]);
    if (words[0] === "witness") policy.witnesses.set(words[1], words[2]);
    if (words[0] === "group") {
      const members = words.slice(3);
      const needed = { all: members.length, any: 1 }[words[2]] ?? Number(words[2]);
      policy.groups.set(words[1], { needed, members });
    }
    if (words[0] === "quorum") [, policy.quorum] = words;
  }
  return policy;
};

const isMet = (policy, name, signed) => {
  if (name === "none") return true;
  if (policy.witnesses.has(name)) return signed.has(policy.witnesses.get(name));
  const group = policy.groups.get(name);
  return group !== undefined && group.members.filter((member) => isMet(policy, member, signed)).length >= group.needed;
};

const believe = (trust, log, note, signers, witnesses) => {
  const policy = readPolicy(trust.policy);
  for (const key of signers) {
    const since = trust.void[key.text];
    refuseUnless(since === undefined || note.size <= BigInt(since), "void", { size: String(note.size) });
  }
  const known = new Set(policy.logs);
  const leads = log.periods.some((period) => [...period.keys, ...period.recovery].some((key) => known.has(key.text) && key.name === log.origin));
  if (!leads) return "unknown_signer";
  return isMet(policy, policy.quorum, new Set(witnesses.map((key) => key.text))) ? "intact" : "unwitnessed";
};

const verifyParts = (data, trust) => {
  const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(data);
  const table = JSON.parse(text);
  refuseUnless(canonical(table) === text, "verbatim");
  refuseUnless(Object.keys(table).sort().join() === "checkpoint,entries,form,keys,witnesses", "form");
  refuseUnless(table.form === "sichen.bundle/1" && table.entries.length > 0, "form");
  const note = readNote(table.checkpoint);
  const log = readKeyLog(table.keys.map((one) => readStatement(readEntry(one, note))));
  const size = Number(note.size);
  refuseUnless(log.origin === note.origin, "other_log");
  refuseUnless(!log.voids.some(([low, high]) => low <= size && size <= high), "void", { size: String(size) });
  const signers = log.periods.filter((period) => period.first <= size).at(-1)?.keys ?? [];
  refuseUnless(signers.length, "unsigned", { name: log.origin });
  const witnesses = table.witnesses.map(readKey);
  checkLines(note, [...signers, ...witnesses]);
  const entries = table.entries.map((one) => readEntry(one, note));
  refuseUnless(entries.every((one, at) => at === 0 || entries[at - 1].index < one.index), "form");
  const doubtful = entries.filter((one) => log.voids.some(([low, high]) => low <= one.index + 1 && one.index + 1 <= high));
  const status = believe(trust, log, note, signers, witnesses);
  return { status, origin: note.origin, size, entries, signers, witnesses, doubtful: doubtful.map((one) => one.index) };
};

// Never throws: a bundle that cannot be read is a bundle that was changed.
const verifyBundle = (data, trust) => {
  try {
    return verifyParts(data, trust);
  } catch (error) {
    const known = error instanceof Refusal;
    return { status: "tampered", reason: known ? error.key : "form", blanks: known ? error.blanks : {}, entries: [] };
  }
};
