// A file that is larger than the page takes is told so where it was chosen: nothing is sent, nothing typed is lost.
"use strict";
(() => {
  for (const field of document.querySelectorAll("input[type=file][data-largest]")) {
    const told = document.createElement("p");
    told.className = "notice bad small";
    told.setAttribute("role", "alert");
    told.hidden = true;
    field.after(told);
    field.addEventListener("change", () => {
      const large = [...field.files].some((file) => file.size > Number(field.dataset.largest));
      told.textContent = large ? field.dataset.tooLarge : "";
      told.hidden = !large;
      field.setCustomValidity(told.textContent);
    });
  }
})();
