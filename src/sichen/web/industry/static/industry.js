// SPDX-License-Identifier: Apache-2.0
// A slider says its value while it moves, and asks for the scenario when it is let go.
const form = document.querySelector("form[data-live]");
form?.addEventListener("input", (event) => {
  const shown = form.querySelector(`output[data-of="${event.target.name}"]`);
  if (shown) {
    const value = Number(event.target.value);
    shown.textContent = `${value > 0 ? "+" : ""}${value.toFixed(1)}`.replace("-", "−");
  }
});
form?.addEventListener("change", () => {
  sessionStorage.setItem("industry-scroll", String(window.scrollY));
  form.requestSubmit();
});
const before = sessionStorage.getItem("industry-scroll");
if (form && before !== null) {
  sessionStorage.removeItem("industry-scroll");
  window.scrollTo(0, Number(before));
}
