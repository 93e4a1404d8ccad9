// The one dialog of a list: details, previews, column layout, query builder.
"use strict";

window.ListDialog = (() => {
  const dialog = () => document.getElementById("list-dialog");
  const body = () => document.getElementById("list-dialog-body");
  let walking = ""; // the button that had the focus before a swap
  const fire = (name, detail) => document.dispatchEvent(new CustomEvent(name, { detail }));

  function load(verb, address, values) {
    for (const menu of document.querySelectorAll("#list details[open]")) menu.open = false;
    return htmx.ajax(verb, address, { target: "#list-dialog-body", swap: "innerHTML", values });
  }

  function close() {
    if (dialog()?.open) dialog().close();
  }

  function shown() {
    const box = dialog();
    if (box && !box.open && body().children.length) box.showModal();
    const row = body()?.querySelector("[data-row]");
    const place = body()?.querySelector("[data-place]");
    if (row && place) fire("list:walked", { at: place.dataset.place });
    if (document.getElementById("list-order")) arrange();
    if (document.getElementById("list-conditions")) window.ListQuery.build();
    const scope = body()?.querySelector("[data-scope]");
    if (scope && window.ListTicks.count()) scope.textContent = `选中的 ${window.ListTicks.count()} 条`;
    body()?.querySelector("textarea, .list-c-field")?.focus();
    if (row && !box?.contains(document.activeElement)) stay();
  }

  // Who walks from row to row by keyboard keeps the focus: on the button, or at the top.
  function stay() {
    const title = document.getElementById("list-dialog-title");
    title.tabIndex = -1;
    (body().querySelector(`[data-walk="${walking}"][href]`) || title).focus();
  }

  // 列配置 ---------------------------------------------------------------------------------

  function arrange() {
    const order = document.getElementById("list-order");
    if (window.Sortable) window.Sortable.create(order, { handle: ".list-grip", animation: 120 });
  }

  function move(item, step) {
    const other = step < 0 ? item.previousElementSibling : item.nextElementSibling;
    if (!other) return;
    if (step < 0) other.before(item);
    else other.after(item);
  }

  document.addEventListener("click", (event) => {
    const target = event.target.closest("button, a");
    if (!target) return;
    const data = target.dataset;
    if ("close" in data) {
      target.closest("dialog")?.close();
    } else if ("dialog" in data && target.hasAttribute("href")) {
      if (event.ctrlKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      load("GET", target.getAttribute("href"));
    } else if (data.dialogHref) {
      load("GET", data.dialogHref);
    } else if (data.move) {
      move(target.closest(".list-column"), Number(data.move));
      target.focus();
    } else if (data.phrase) {
      const field = document.getElementById(data.phrase);
      field.value = field.value ? `${field.value}；${target.textContent}` : target.textContent;
      field.focus();
    }
  });

  document.addEventListener("keydown", (event) => {
    const column = event.target.closest(".list-column");
    if (column && event.altKey && (event.key === "ArrowUp" || event.key === "ArrowDown")) {
      event.preventDefault();
      move(column, event.key === "ArrowUp" ? -1 : 1);
      event.target.focus();
      return;
    }
    if (!dialog()?.open || event.altKey || event.ctrlKey || event.metaKey) return;
    if (event.target.closest("input, select, textarea")) return;
    const way = { ArrowLeft: "before", ArrowRight: "after" }[event.key];
    const link = way && body().querySelector(`[data-walk="${way}"][href]`);
    if (link) {
      event.preventDefault();
      link.click();
    }
  });

  // Full numbers are exported of the ticked rows if there are any, else of the whole query.
  document.addEventListener("submit", (event) => {
    if (!event.target.matches("[data-reveal-form]") || !window.ListTicks.count()) return;
    for (const [name, values] of Object.entries(window.ListTicks.values())) {
      for (const value of [].concat(values)) {
        const input = document.createElement("input");
        Object.assign(input, { type: "hidden", name, value });
        event.target.append(input);
      }
    }
    setTimeout(close, 500);
  });

  // A form in the dialog that changes the list closes it when the server has agreed.
  document.addEventListener("htmx:afterRequest", (event) => {
    const { elt: form, xhr } = event.detail; // its `successful` is not said where HX-Location leads on
    if (form?.matches?.("[data-closes]") && xhr.status >= 200 && xhr.status < 400) close();
  });
  document.addEventListener("htmx:beforeSwap", (event) => {
    if (event.detail.target?.id === "list-dialog-body") walking = document.activeElement?.dataset.walk || "";
  });
  document.addEventListener("htmx:afterSettle", (event) => {
    if (event.detail.target?.id === "list-dialog-body") shown();
  });
  document.addEventListener("DOMContentLoaded", () => {
    const box = dialog();
    if (!box) return;
    box.addEventListener("close", () => {
      body().replaceChildren();
      fire("list:closed");
    });
    // A click on the backdrop closes what can be opened again without loss.
    box.addEventListener("click", (event) => {
      if (event.target === box && !body().querySelector("form[data-closes], textarea")) box.close();
    });
  });

  return { load, close };
})();
