// Which rows are chosen: kept while paging and sorting, dropped when the query finds other rows.
"use strict";

window.ListTicks = (() => {
  let narrowing = null; // the query that the ticks belong to
  let all = false; // everything that matches, but for the unticked
  const keys = new Set(); // the ticked ones, or with `all` the unticked ones
  let last = null; // where a shift-click counts from

  const list = () => document.getElementById("list");
  const boxes = () => [...document.querySelectorAll("#list tbody .list-tick input")];
  const total = () => Number(list()?.dataset.total || 0);
  const has = (key) => all !== keys.has(key);
  const count = () => (all ? Math.max(total() - keys.size, 0) : keys.size);

  function set(key, on) {
    if (on === all) keys.delete(key);
    else keys.add(key);
  }

  function clear() {
    all = false;
    keys.clear();
    last = null;
  }

  function show() {
    const here = list();
    if (!here) return;
    const inputs = boxes();
    for (const box of inputs) {
      box.checked = has(box.value);
      box.closest("tr").classList.toggle("list-chosen", box.checked);
    }
    const ticked = inputs.filter((box) => box.checked).length;
    const head = document.getElementById("list-tick-page");
    if (head) {
      head.checked = ticked > 0 && ticked === inputs.length;
      head.indeterminate = ticked > 0 && ticked < inputs.length;
    }
    const chosen = count();
    for (const place of here.querySelectorAll("[data-count]")) place.textContent = chosen;
    const page = here.querySelector("[data-pick-page]");
    if (page) page.hidden = Boolean(head?.checked);
    const more = here.querySelector("[data-pick-all]");
    if (more) more.hidden = !(head?.checked && chosen < total());
    const none = here.querySelector("[data-pick-none]");
    if (none) none.hidden = chosen === 0;
    here.classList.toggle("list-has-chosen", chosen > 0);
  }

  // After every swap of the list.
  function settle() {
    const here = list();
    if (!here) return;
    const mark = `${location.pathname} ${here.dataset.narrowing}`;
    if (mark !== narrowing) clear();
    narrowing = mark;
    show();
  }

  function tick(box, stretch) {
    const inputs = boxes();
    const place = inputs.indexOf(box);
    const from = stretch && last ? inputs.findIndex((other) => other.value === last) : -1;
    const [low, high] = from < 0 ? [place, place] : [Math.min(from, place), Math.max(from, place)];
    for (const other of inputs.slice(low, high + 1)) set(other.value, box.checked);
    last = box.value;
    show();
  }

  function tickPage(on) {
    for (const box of boxes()) set(box.value, on);
    show();
  }

  function pickAll() {
    keys.clear();
    all = true;
    show();
  }

  // What a form sends for the chosen rows: the query itself instead of keys when all are meant.
  function values() {
    if (all) return { all: "1", but: [...keys] };
    return { pk: [...keys] };
  }

  function forget(done) {
    for (const key of done) set(String(key), false);
    show();
  }

  return { settle, tick, tickPage, pickAll, clear, show, values, count, forget };
})();
