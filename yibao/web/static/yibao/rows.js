// Rows of a form: add, remove, up and down, drag. The server reads their order from ORDER fields.
"use strict";

(() => {
  const said = (row, name) => row.querySelector(`[name$="-${name}"]`);
  const gone = (row) => Boolean(said(row, "DELETE")?.value);

  const settle = (box) => {
    const rows = [...box.querySelectorAll("[data-row]")];
    let place = 0;
    for (const row of rows) {
      row.hidden = gone(row);
      if (row.hidden) continue;
      place += 1;
      const order = said(row, "ORDER");
      if (order) order.value = place;
      const number = row.querySelector("[data-row-number]");
      if (number) number.textContent = place;
    }
    const seen = rows.filter((row) => !row.hidden);
    seen.forEach((row, at) => {
      const up = row.querySelector("[data-row-up]");
      const down = row.querySelector("[data-row-down]");
      if (up) up.disabled = at === 0;
      if (down) down.disabled = at === seen.length - 1;
    });
    box.querySelector("[data-rows-none]").hidden = seen.length > 0;
  };

  const swap = (box, row, step) => {
    const seen = [...box.querySelectorAll("[data-row]")].filter((other) => !other.hidden);
    const other = seen[seen.indexOf(row) + step];
    if (!other) return;
    if (step < 0) other.before(row);
    else other.after(row);
    moved(box);
    // At either end the button just pressed is off: the other one keeps the keyboard in the row.
    const [pressed, opposite] = step < 0 ? ["up", "down"] : ["down", "up"];
    const button = row.querySelector(`[data-row-${pressed}]`);
    (button.disabled ? row.querySelector(`[data-row-${opposite}]`) : button).focus();
  };

  const moved = (box) => {
    settle(box);
    box.dispatchEvent(new Event("change", { bubbles: true }));
  };

  // A cell of the fee table: the rule for just this category and type, found or begun.
  const ruleOf = (box, cell) => {
    const { category, type } = cell.dataset;
    const fits = (row) =>
      !row.hidden && said(row, "category")?.value === category && said(row, "insurance_type").value === type;
    let row = [...box.querySelectorAll("[data-row]")].find(fits);
    if (!row) {
      add(box);
      row = box.querySelector("[data-rows-list]").lastElementChild;
      said(row, "category").value = category;
      said(row, "insurance_type").value = type;
      box.dispatchEvent(new Event("change", { bubbles: true }));
    }
    said(row, "reduction").focus();
    row.scrollIntoView({ block: "center" });
  };

  document.addEventListener("click", (event) => {
    const cell = event.target.closest("[data-fee-cell]");
    if (cell) ruleOf(document.querySelector("[data-rows]"), cell);
  });

  const add = (box) => {
    const total = document.getElementById(`id_${box.dataset.prefix}-TOTAL_FORMS`);
    const blank = box.querySelector("[data-rows-blank]").innerHTML.replaceAll("__prefix__", total.value);
    total.value = Number(total.value) + 1;
    box.querySelector("[data-rows-list]").insertAdjacentHTML("beforeend", blank);
    settle(box);
    const row = box.querySelector("[data-rows-list]").lastElementChild;
    row.querySelector("input:not([type=hidden]), select")?.focus();
  };

  const remove = (box, row) => {
    // The row stays in the form, marked: its number in the form must not shift.
    said(row, "DELETE").value = "on";
    settle(box);
    box.querySelector("[data-rows-add]")?.focus();
    box.dispatchEvent(new Event("change", { bubbles: true }));
  };

  for (const box of document.querySelectorAll("[data-rows]")) {
    box.addEventListener("click", (event) => {
      const row = event.target.closest("[data-row]");
      if (event.target.closest("[data-rows-add]")) add(box);
      else if (event.target.closest("[data-row-up]")) swap(box, row, -1);
      else if (event.target.closest("[data-row-down]")) swap(box, row, 1);
      else if (event.target.closest("[data-row-remove]")) remove(box, row);
    });
    if (box.querySelector("[data-rows-add]") && window.Sortable) {
      window.Sortable.create(box.querySelector("[data-rows-list]"), {
        handle: "[data-row-grip]", chosenClass: "is-lifted", animation: 120, onEnd: () => moved(box),
      });
    }
    settle(box);
  }
})();
