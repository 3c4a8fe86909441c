// SPDX-License-Identifier: Apache-2.0
// What a person says about the watch on the bench, as a command to the live connection and as fields beside a file.

import "./clock.js";

const NAMES = ["position", "watch", "series", "reference"];

/** Return the command that sets what the form says; without the position and round where the sequence leads. */
export function settingsOf(form, { placed = true } = {}) {
  const said = new FormData(form);
  const names = placed ? NAMES : ["watch", "reference"];
  const command = { do: "set", ...Object.fromEntries(names.map((name) => [name, said.get(name) ?? ""])) };
  const lift = form.elements.lift_angle;
  if (lift.value !== lift.defaultValue && lift.validity.valid) command.lift_angle = Number(lift.value);
  return command;
}

/** Return the fields that go with a recording: the same, and the log of frames where one was chosen. */
export function fieldsOf(form) {
  const command = settingsOf(form);
  const fields = NAMES.map((name) => [name, command[name]]);
  if (command.lift_angle) fields.push(["lift_angle", command.lift_angle]);
  const log = new FormData(form).get("frame_log");
  if (log?.size) fields.push(["frame_log", log]);
  return fields;
}
