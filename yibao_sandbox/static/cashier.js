// The cashier page: pay once per click, and notice when a phone has paid.
"use strict";

for (const form of document.querySelectorAll("form[data-once]")) {
  form.addEventListener("submit", () => {
    const button = form.querySelector("button");
    button.disabled = true;
    button.textContent = "正在支付…";
  });
}

// A page brought back by the browser's back button must be usable, and tell the present state.
window.addEventListener("pageshow", (event) => {
  if (event.persisted) location.reload();
});

const waiting = document.querySelector("[data-wait]");
if (waiting) {
  setInterval(async () => {
    if (document.hidden) return;
    try {
      const answer = await fetch(waiting.dataset.wait, { cache: "no-store" });
      if (answer.ok && (await answer.text()) !== "NOTPAY") location.reload();
    } catch {
      // Off line for a moment; the next round asks again.
    }
  }, 3000);
}
