// SPDX-License-Identifier: Apache-2.0
// The choice of a time reference: shows the fields that it needs, and reads it as the bench understands it.

for (const choice of document.querySelectorAll("select[data-reference]")) {
  const form = choice.form;
  const show = () => {
    for (const part of form.querySelectorAll("[data-for]")) part.hidden = part.dataset.for !== choice.value;
  };
  choice.addEventListener("change", show);
  show();
  // What the form sends is what the bench understands, by whatever way it is sent.
  form.addEventListener("formdata", ({ formData }) => {
    formData.set("reference", reference(form));
    for (const name of ["ppm", "ppm_u"]) formData.delete(name);
    if (choice.value !== "log") formData.delete("frame_log");
  });
}

/** Return the reference that a form says. */
function reference(form) {
  const { value } = form.elements.reference;
  if (value === "ppm") return form.elements.ppm.value ? `ppm:${form.elements.ppm.value}:${form.elements.ppm_u.value || 1}` : "none";
  return value === "log" ? "none" : value;
}
