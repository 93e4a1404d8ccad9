// The list: clicks, keys, and what follows a swap. All state is in the address and in ListTicks.
"use strict";

(() => {
  const ticks = window.ListTicks;
  const list = () => document.getElementById("list");
  const rows = () => [...document.querySelectorAll("#list tbody tr")];
  const token = () => document.querySelector("[name=csrfmiddlewaretoken]")?.value || "";
  const here = () => `?${list()?.dataset.here || ""}`;
  let scrolled = { left: 0, top: 0, here: "" }; // where the table stood before a swap, of which query
  let held = null; // position of the row that had the focus before a swap
  let address = ""; // the one that the shown list answers
  let returnTo = null; // position of the row to focus when a dialog closes

  function say(text, tone = "orange") {
    const detail = { notices: [{ tone, text }] };
    document.body.dispatchEvent(new CustomEvent("notices", { bubbles: true, detail }));
  }

  // Frozen columns need to know how wide their left neighbours are.
  function freeze() {
    const table = document.querySelector("#list .list-table");
    if (!table) return;
    const heads = [...table.tHead.rows[0].cells];
    let left = 0;
    heads.forEach((head, place) => {
      if (place && !head.classList.contains("list-frozen")) return;
      table.style.setProperty(`--left-${place}`, `${left}px`);
      left += head.getBoundingClientRect().width;
    });
  }

  // The table gets what is left of the window, so that page and table do not both scroll.
  function fit() {
    const scroller = document.querySelector("#list .list-scroll");
    if (!scroller) return;
    const top = scroller.getBoundingClientRect().top + window.scrollY;
    const foot = document.querySelector("#list .list-foot").offsetHeight;
    const room = window.innerHeight - top - foot - 26;
    scroller.style.setProperty("--room", `${Math.max(room, 320)}px`);
  }

  function settle() {
    if (!list()) return;
    address = location.pathname + location.search;
    ticks.settle();
    fit();
    freeze();
    const scroller = document.querySelector("#list .list-scroll");
    if (scroller) {
      scroller.scrollLeft = scrolled.left;
      if (scrolled.here === list().dataset.here) scroller.scrollTop = scrolled.top;
    }
    if (held !== null && !document.querySelector("dialog[open]")) focusRow(rowAt(held) || rows().at(-1));
    held = null;
    const search = document.getElementById("list-q");
    const only = rows();
    // A scanned student number: the row that it names, or the one it finds, is where the next key goes.
    if (search?.value && document.activeElement === search) {
      const named = only.find((row) => row.querySelector(".list-open")?.textContent.trim() === search.value);
      if (named || only.length === 1) focusRow(named || only[0]);
    }
  }

  function focusRow(row) {
    if (!row) return;
    for (const other of rows()) other.tabIndex = -1;
    row.tabIndex = 0;
    row.focus({ preventScroll: false });
  }

  function rowAt(place) {
    return document.querySelector(`#list tbody tr[data-at="${place}"]`);
  }

  function refresh() {
    return htmx.ajax("GET", here(), { target: "#list", swap: "outerHTML show:none" });
  }

  function post(values) {
    const form = document.createElement("form");
    form.method = "post";
    form.action = here();
    form.hidden = true;
    for (const [name, value] of Object.entries({ csrfmiddlewaretoken: token(), ...values })) {
      for (const one of [].concat(value)) {
        const input = document.createElement("input");
        input.name = name;
        input.value = one;
        form.append(input);
      }
    }
    document.body.append(form);
    form.submit();
    form.remove();
  }

  function exportRows(button) {
    const picked = button.dataset.export === "picked";
    if (picked && !ticks.count()) return say("请先勾选要导出的行");
    const chosen = picked ? ticks.values() : {};
    const sent = { do: "export", format: button.dataset.format || "xlsx", ...chosen };
    const count = picked ? ticks.count() : Number(list().dataset.total);
    if (count > Number(list().dataset.longExport)) {
      return window.ListDialog.load("POST", here(), { ...sent, csrfmiddlewaretoken: token() });
    }
    say(picked ? `正在导出选中的 ${ticks.count()} 条` : `正在导出全部 ${list().dataset.total} 条`, "blue");
    post(sent);
  }

  function act(button) {
    if (button.getAttribute("aria-disabled") === "true") return say(button.dataset.reason);
    const one = button.dataset.one;
    if (!one && !ticks.count()) return say(`请先勾选要“${button.textContent.trim()}”的行`);
    const chosen = one ? { pk: [one], at: button.dataset.place } : ticks.values();
    const values = { do: "preview", action: button.dataset.action, ...chosen };
    window.ListDialog.load("POST", here(), { ...values, csrfmiddlewaretoken: token() });
  }

  function layout(values) {
    const sent = { do: "layout", csrfmiddlewaretoken: token(), ...values };
    htmx.ajax("POST", here(), { values: sent, target: "#list", swap: "none" });
  }

  function openRow(row) {
    const link = row?.querySelector(".list-open");
    if (!link) return;
    returnTo = row.dataset.at;
    link.click();
  }

  function turn(direction) {
    const now = document.querySelector("#list .page-item.active");
    const next = direction < 0 ? now?.previousElementSibling : now?.nextElementSibling;
    next?.querySelector("a")?.click();
  }

  document.addEventListener("click", (event) => {
    const target = event.target.closest("button, a, input, tr");
    if (!target || !target.closest("#list, #list-dialog-body")) return;
    const data = target.dataset;
    if (target.closest(".menu-card")) target.closest("details").open = false;
    if (data.export) exportRows(target);
    else if (data.action) act(target);
    else if ("pickPage" in data) ticks.tickPage(true);
    else if ("pickAll" in data) ticks.pickAll();
    else if ("pickNone" in data) { ticks.clear(); ticks.show(); }
    else if ("filters" in data) unfold(target);
    else if ("density" in data) layout({ density: data.density });
    else if ("drop" in data) layout({ do: "drop_query", saved: data.drop });
    else if ("prefer" in data) layout({ do: "prefer_query", saved: data.prefer });
    else if (target.id === "list-tick-page") ticks.tickPage(target.checked);
    else if (target.matches("tbody .list-tick input")) ticks.tick(target, event.shiftKey);
    else if (target.matches(".list-open")) returnTo = target.closest("tr").dataset.at;
    else if (target.matches("#list tbody tr")) rowClicked(target, event);
  });

  function unfold(button) {
    const open = button.closest("form").classList.toggle("list-filters-open");
    button.setAttribute("aria-expanded", String(open));
  }

  function rowClicked(row, event) {
    const cell = event.target.closest("td");
    if (cell?.classList.contains("list-tick")) {
      const box = cell.querySelector("input");
      box.checked = !box.checked;
      return ticks.tick(box, event.shiftKey);
    }
    const touched = event.pointerType === "touch" || event.pointerType === "pen";
    if (touched && !String(getSelection())) return openRow(row);
    focusRow(row);
  }

  // What is cut off can be read in full without opening the row.
  document.addEventListener("mouseover", (event) => {
    const cell = event.target.closest("#list tbody td");
    if (cell && !cell.title && cell.scrollWidth > cell.clientWidth) cell.title = cell.textContent;
  });

  document.addEventListener("dblclick", (event) => {
    const row = event.target.closest("#list tbody tr");
    if (!row || event.target.closest("input, a, button")) return;
    getSelection()?.removeAllRanges();
    openRow(row);
  });

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || !list()) return;
    if (document.querySelector("dialog[open]")) return; // dialogs.js
    const typing = event.target.closest("input:not([type=checkbox]), select, textarea");
    if (typing) {
      if (event.key === "Escape") typing.blur();
      return;
    }
    const row = event.target.closest("#list tbody tr");
    const keys = {
      "/": () => document.getElementById("list-q")?.select(),
      "?": () => document.getElementById("list-keys")?.showModal(),
      ArrowDown: () => focusRow(row ? row.nextElementSibling : rows()[0]),
      ArrowUp: () => focusRow(row ? row.previousElementSibling : rows().at(-1)),
      PageDown: () => turn(1),
      PageUp: () => turn(-1),
    };
    const own = row && event.target === row && {
      " ": () => {
        const box = row.querySelector(".list-tick input");
        box.checked = !box.checked;
        ticks.tick(box, event.shiftKey);
      },
      Enter: () => openRow(row),
      Home: () => focusRow(rows()[0]),
      End: () => focusRow(rows().at(-1)),
    };
    const inside = row || event.target === document.body || event.target.closest("main");
    const doing = (own && own[event.key]) || (inside && keys[event.key]);
    // A scanner types wherever the focus is: its first digit opens the search box, and the rest follows.
    if (!doing && inside && /^[0-9]$/.test(event.key)) document.getElementById("list-q")?.select();
    if (!doing) return;
    if (event.target.closest("button, a") && event.key === " ") return;
    event.preventDefault();
    doing();
  });

  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-keys]")) document.getElementById("list-keys")?.showModal();
  });

  document.addEventListener("htmx:beforeSwap", (event) => {
    if (event.detail.target?.id !== "list") return;
    const scroller = document.querySelector("#list .list-scroll");
    scrolled = { left: scroller?.scrollLeft || 0, top: scroller?.scrollTop || 0, here: list().dataset.here };
    held = document.activeElement?.closest("#list tbody tr")?.dataset.at ?? null;
  });
  document.addEventListener("htmx:afterSwap", (event) => {
    if (event.detail.target?.id === "list" || event.detail.elt?.id === "list") settle();
  });
  document.addEventListener("list:done", (event) => {
    ticks.forget(event.detail.done || []);
    if (event.detail.close) window.ListDialog.close();
    if (list()) refresh();
  });
  document.addEventListener("list:closed", () => {
    if (returnTo !== null) focusRow(rowAt(returnTo) || rows().at(-1));
    returnTo = null;
  });
  document.addEventListener("list:walked", (event) => { returnTo = event.detail.at; });
  // Back and forward between queries of this list fetch the list alone: ticks and place are kept.
  window.addEventListener("popstate", (event) => {
    const [path, search] = [location.pathname, location.search];
    if (!list() || !address.startsWith(`${path}?`) && address !== path) return;
    event.stopImmediatePropagation();
    if (path + search !== address) {
      window.ListDialog.close();
      htmx.ajax("GET", path + search, { target: "#list", swap: "outerHTML show:none" });
    }
  }, true);
  window.addEventListener("resize", () => {
    fit();
    freeze();
  });
  settle();
})();
