// SPDX-License-Identifier: Apache-2.0
// The measuring view: joins the sources (microphone, sample watch, file) to the figures and the pictures.

import "../components/trace-strip.js";
import "../components/tick-scope.js";
import "../components/mic-capture.js";
import "../components/file-drop.js";
import { Guided } from "./guided.js";
import { paint, state, notice, forget } from "./paint.js";
import { fieldsOf, settingsOf } from "./said.js";

const bench = document.getElementById("bench");
const microphone = bench.querySelector("mic-capture");
const drop = bench.querySelector("file-drop");
const [strip, scope] = ["trace-strip", "tick-scope"].map((name) => bench.querySelector(name));
const said = document.getElementById("said");
const saveButton = bench.querySelector("[data-do=save]");
const during = bench.querySelector(".during");
const level = document.getElementById("level");
const SECONDS_BEHIND = 5;

const guided = new Guided(document.getElementById("guided"), {
  tell,
  listen: () => (source ? tell(guided.plan) : microphone.start()),
  placed: (code) => {
    const choice = said.querySelector(`[name=position][value="${code}"]`);
    if (choice) choice.checked = true;
  },
});

let socket = null;
let source = null;
let last = -1;
let interval = null;
let bytesPerSecond = 0;
let unsaved = null;
const pending = new Set();

/** Open the connection, say what lies on the bench, then begin. */
function connect(first) {
  disconnect();
  forget(bench);
  interval = null;
  clear();
  scope.show(null);
  const opened = new WebSocket(`${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/bench/live`);
  opened.binaryType = "arraybuffer";
  socket = opened;
  opened.addEventListener("open", () => {
    tell(settings());
    tell(first);
    if (guided.waiting) tell(guided.plan);
  });
  opened.addEventListener("message", (message) => hear(JSON.parse(message.data)));
  opened.addEventListener("close", () => {
    if (socket !== opened) return;
    stop();
    notice(bench, "care", bench.dataset.lost);
  });
}

function disconnect() {
  const old = socket;
  socket = null;
  old?.close();
}

function tell(command) {
  if (socket?.readyState === WebSocket.OPEN) socket.send(JSON.stringify(command));
}

const settings = () => settingsOf(said, { placed: !guided.running });

function running(kind) {
  source = kind;
  during.hidden = !kind;
  saveButton.disabled = true;
  for (const button of bench.querySelectorAll("[data-do=microphone], [data-do=sample]")) {
    button.setAttribute("aria-pressed", String(button.dataset.do === kind));
  }
}

function stop() {
  tell({ do: "stop" });
  guided.leave();
  microphone.stop();
  running(null);
  level.value = 0;
  saveButton.disabled = interval === null || socket === null;
  state(bench, "open", interval === null ? bench.dataset.idle : bench.dataset.done);
}

/** Let each beat appear when it would be heard: they come a second's worth at a time. */
function play(rows) {
  if (rows[0][0] <= last) clear();
  last = rows.at(-1)[0];
  for (const row of rows) pending.add(setTimeout(() => strip.add([row]), (row[1] - rows[0][1]) * 1000));
}

/** Begin a new strip. */
function clear() {
  for (const timer of pending) clearTimeout(timer);
  pending.clear();
  last = -1;
  strip.begin(interval ?? strip.interval);
}

function hear(event) {
  switch (event.type) {
    case "level":
      level.value = event.peak;
      break;
    case "beats":
      play(event.rows);
      break;
    case "reading":
      if (event.interval && event.interval !== interval) {
        interval = event.interval;
        strip.interval = interval;
        strip.draw();
      }
      saveButton.disabled = !event.ok;
      paint(bench, event);
      break;
    case "scope":
      scope.show(event.scope);
      break;
    case "saved":
      notice(bench, "good", bench.dataset.kept, event.path);
      break;
    case "step":
      guided.show(event);
      break;
    case "finished":
      guided.leave();
      if (event.path) location.assign(event.path);
      break;
    case "problem":
      notice(bench, "wrong", event.text);
      break;
    case "ended":
      if (source === "sample") stop();
      break;
  }
}

microphone.addEventListener("begin", ({ detail }) => {
  bytesPerSecond = detail.sampleRate * detail.channels * 4;
  connect({
    do: "start",
    sample_rate: detail.sampleRate,
    device_rate: detail.deviceRate,
    channels: detail.channels,
    format: "float32",
    altered: detail.altered,
  });
  running("microphone");
  state(bench, "good", bench.dataset.listening);
  if (detail.altered.length) notice(bench, "care", `${bench.dataset.altered} ${detail.altered.join(", ")}`);
  else if (detail.deviceRate && detail.deviceRate !== detail.sampleRate) {
    notice(bench, "", `${bench.dataset.resampled} ${detail.deviceRate} → ${detail.sampleRate} Hz`);
  } else notice(bench, "", "");
});

microphone.addEventListener("sound", ({ detail }) => {
  if (socket?.readyState !== WebSocket.OPEN) return;
  if (socket.bufferedAmount > SECONDS_BEHIND * bytesPerSecond) {
    stop();
    notice(bench, "wrong", bench.dataset.slow);
    return;
  }
  socket.send(detail.buffer);
});

microphone.addEventListener("end", () => {
  if (source === "microphone") stop();
});

const actions = {
  microphone: () => microphone.start(),
  sample() {
    microphone.stop();
    connect({ do: "sample" });
    running("sample");
    state(bench, "good", bench.dataset.sample);
    notice(bench, "", "");
  },
  file: () => drop.choose(),
  guided: () => guided.open(),
  stop,
  again() {
    tell({ do: "again" });
    clear();
  },
  save() {
    if (unsaved) {
      sendAgain(unsaved);
      return;
    }
    tell(settings());
    tell({ do: "save" });
    notice(bench, "", bench.dataset.saving);
  },
};

bench.addEventListener("click", (event) => {
  const button = event.target.closest("[data-do]");
  if (!button) return;
  if (["microphone", "sample"].includes(button.dataset.do)) unsaved = null;
  actions[button.dataset.do]();
});

said.addEventListener("change", () => tell(settings()));
said.addEventListener("submit", (event) => event.preventDefault());

/** Send a file that was measured once more, this time to be kept. */
function sendAgain(file) {
  drop.dataset.to = "/api/bench/measure?detail=true&save=true";
  drop.take([file]);
}

const keepFiles = document.getElementById("save-files");
keepFiles.addEventListener("change", () => {
  drop.dataset.to = `/api/bench/measure?detail=true${keepFiles.checked ? "&save=true" : ""}`;
});
drop.fields = () => fieldsOf(said);

drop.addEventListener("sent", ({ detail: { file, answer, line, state: said } }) => {
  const { shown, view } = answer;
  if (source) stop();
  disconnect();
  interval = view.interval;
  clear();
  paint(bench, shown);
  strip.window = Math.max(15, Math.ceil((view.beats.at(-1)?.[1] ?? 0) / 15) * 15);
  strip.add(view.beats);
  scope.show(view.scope);
  state(bench, shown.ok ? "good" : "care", `${bench.dataset.fromFile} ${file.name}`);
  said.textContent = shown.ok ? `${shown.figures.rate.value} ${shown.figures.rate.unit}` : shown.reason;
  unsaved = shown.ok && !answer.digest ? file : null;
  saveButton.disabled = !unsaved;
  notice(bench, answer.digest ? "good" : "", answer.digest ? bench.dataset.kept : "", answer.digest && `/bench/readings/${answer.digest}`);
  if (answer.digest) drop.dataset.to = `/api/bench/measure?detail=true${keepFiles.checked ? "&save=true" : ""}`;
  line.classList.toggle("care", !shown.ok);
});

const asked = new URLSearchParams(location.search);
said.elements.watch.value ||= asked.get("watch") ?? "";
if (asked.get("listen") === "sample") actions.sample();
if (asked.get("guided")) guided.open(true);
