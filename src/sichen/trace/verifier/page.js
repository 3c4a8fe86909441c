// SPDX-License-Identifier: Apache-2.0
// The page: a file goes in, a verdict comes out. Nothing leaves this computer.
"use strict";

const sentences = JSON.parse(document.getElementById("sentences").textContent);
const trusted = JSON.parse(document.getElementById("trust").textContent);
let language = navigator.language.startsWith("zh") ? "zh" : "en";
let shown = null;

const say = (key, blanks = {}) => sentences[key][language].replace(/\{(\w+)\}/g, (_, name) => blanks[name] ?? "");
const place = (id) => document.getElementById(id);

const element = (tag, text, kind) => {
  const made = document.createElement(tag);
  made.textContent = text;
  if (kind) made.className = kind;
  return made;
};

const details = (found) => {
  const list = [];
  if (found.status === "tampered") return [element("p", say(`why_${found.reason}`, found.blanks))];
  list.push(element("p", say("proved", { count: found.entries.length, origin: found.origin, size: found.size })));
  for (const key of found.signers) list.push(element("p", say("signer", { name: key.name, fingerprint: key.fingerprint }), "key"));
  for (const key of found.witnesses) list.push(element("p", say("witness", { name: key.name }), "key"));
  for (const index of found.doubtful) list.push(element("p", say("doubtful", { index }), "care"));
  for (const entry of found.entries) {
    const block = document.createElement("details");
    block.append(element("summary", say(entry.payload === null ? "erased" : "entry", { index: entry.index })));
    if (entry.payload !== null) block.append(element("pre", JSON.stringify(entry.payload, null, 2)));
    list.push(block);
  }
  return list;
};

const render = () => {
  document.documentElement.lang = language === "zh" ? "zh-CN" : "en";
  document.title = say("title");
  for (const one of document.querySelectorAll("[data-say]")) one.textContent = say(one.dataset.say);
  if (shown === null) return;
  const verdict = place("verdict");
  verdict.className = shown.status;
  verdict.textContent = say(shown.status);
  place("details").replaceChildren(...details(shown));
};

const take = async (file) => {
  shown = verifyBundle(new Uint8Array(await file.arrayBuffer()), trusted);
  render();
};

place("file").addEventListener("change", (event) => { if (event.target.files.length) take(event.target.files[0]); });
place("language").addEventListener("click", () => {
  language = language === "zh" ? "en" : "zh";
  render();
});
document.addEventListener("dragover", (event) => event.preventDefault());
document.addEventListener("drop", (event) => {
  event.preventDefault();
  if (event.dataTransfer.files.length) take(event.dataTransfer.files[0]);
});
render();
