// Marking by hand: what is selected in the mail's text goes into the field that was entered last. Without this script
// the same is done by copying.
(function () {
  "use strict";
  const text = document.getElementById("mailtext");
  const form = document.getElementById("marks");
  const hint = document.getElementById("how-mark");
  if (!text || !form) return;
  if (hint) hint.hidden = false;
  let field = null;
  form.addEventListener("focusin", function (event) {
    if (event.target.matches("input[name]:not([type=hidden]), textarea")) field = event.target;
  });
  text.addEventListener("mouseup", function () {
    const chosen = String(window.getSelection()).trim();
    if (!chosen || !field) return;
    if (field.tagName === "TEXTAREA") {
      field.value = (field.value ? field.value.replace(/\n*$/, "\n") : "") + chosen;
    } else {
      field.value = chosen;
    }
    field.focus();
  });
})();
