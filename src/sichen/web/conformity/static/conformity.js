// SPDX-License-Identifier: Apache-2.0
// A file that is dropped on a field becomes its file, and its form is sent. Without this script the button does it.

for (const place of document.querySelectorAll("[data-drop]")) {
  const input = place.querySelector('input[type="file"]');
  const over = (yes) => (event) => {
    event.preventDefault();
    place.classList.toggle("over", yes);
  };
  place.addEventListener("dragover", over(true));
  place.addEventListener("dragleave", over(false));
  place.addEventListener("drop", (event) => {
    over(false)(event);
    if (!event.dataTransfer.files.length) return;
    input.files = event.dataTransfer.files;
    input.form.requestSubmit(input.form.querySelector("button.strong"));
  });
}

for (const button of document.querySelectorAll("[data-print]")) {
  button.hidden = false;
  button.addEventListener("click", () => window.print());
}
