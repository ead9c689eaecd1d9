// What a page of a draft can do with scripts: copy, count, print. Everything else works without.
"use strict";
(() => {
  const text = (id) => document.getElementById(id);
  for (const button of document.querySelectorAll("[data-copy]")) {
    button.hidden = false;
    button.addEventListener("click", async () => {
      const field = text(button.dataset.copy);
      try {
        await navigator.clipboard.writeText(field.value);
      } catch {
        field.select(); // without TLS a browser gives no clipboard: the old way
        document.execCommand("copy");
      }
      const before = button.textContent;
      button.textContent = button.dataset.done;
      button.setAttribute("aria-live", "polite");
      setTimeout(() => { button.textContent = before; }, 2000);
    });
  }
  for (const counter of document.querySelectorAll("[data-count]")) {
    const field = text(counter.dataset.count);
    const show = () => {
      const count = [...field.value].length;
      const most = Number(counter.dataset.max || 0);
      counter.textContent = counter.textContent.replace(/\d[\d,.]*/, String(count));
      counter.classList.toggle("over", most > 0 && count > most);
    };
    field.addEventListener("input", show);
    show();
  }
  for (const button of document.querySelectorAll("[data-print]")) {
    button.hidden = false;
    button.addEventListener("click", () => window.print());
  }
  // a second click on the same button while the first is on its way changes nothing, but it looks as if it did
  for (const form of document.querySelectorAll("form[action$='/approve']")) {
    form.addEventListener("submit", () => setTimeout(() => {
      for (const button of form.querySelectorAll("button")) button.disabled = true;
    }));
  }
})();
