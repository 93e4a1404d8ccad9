// The staff's frame: the menu's fold, and the strip of opened pages, kept per person in this browser.
"use strict";

(() => {
  const root = document.documentElement;
  const person = document.body.dataset.person || "0";

  // Menu
  const wide = window.matchMedia("(min-width: 1200px)");
  const side = document.getElementById("side");
  const stage = document.querySelector(".stage");
  const opener = document.querySelector("[data-open-side]");
  if (localStorage.getItem("side-folded") === "1") root.classList.add("side-folded");
  const show = (shown) => {
    root.classList.toggle("side-shown", shown);
    // What lies under the veil is out of reach for the keyboard too.
    stage.inert = shown;
    opener.setAttribute("aria-expanded", String(shown));
    if (shown) side.querySelector("a.side-link")?.focus();
    else if (side.contains(document.activeElement) && opener.offsetParent) opener.focus();
  };
  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-open-side]")) show(true);
    if (event.target.closest("[data-close-side]")) show(false);
    if (event.target.closest("[data-fold-side]")) {
      if (!wide.matches) {
        show(!root.classList.contains("side-shown"));
        return;
      }
      const folded = root.classList.toggle("side-folded");
      localStorage.setItem("side-folded", folded ? "1" : "0");
    }
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && root.classList.contains("side-shown")) show(false);
  });

  // Opened pages
  const MOST = 12;
  const strip = document.getElementById("opened");
  if (!strip) return;
  const shelf = `opened:${person}`;
  const home = { entry: "staff:home", label: "工作台", href: strip.dataset.home };

  const read = () => {
    try {
      const tabs = JSON.parse(localStorage.getItem(shelf) || "[]");
      return tabs.filter((tab) => tab.entry && tab.label && /^\/(?!\/)/.test(tab.href));
    } catch {
      return [];
    }
  };
  const write = (tabs) => localStorage.setItem(shelf, JSON.stringify(tabs));

  // A query may hold a full ID or phone number; those are not kept in the browser.
  const address = () => {
    const query = new URLSearchParams(location.search);
    for (const [name, value] of [...query]) {
      if (/\d{11}/.test(value.replace(/\s/g, ""))) query.delete(name);
    }
    const text = query.toString();
    return text ? `${location.pathname}?${text}` : location.pathname;
  };

  const remember = () => {
    const { name, entry, label } = strip.dataset;
    if (!entry || !label || entry === home.entry) return;
    const tabs = read();
    let tab = tabs.find((one) => one.entry === entry);
    if (!tab) tabs.push(tab = { entry });
    Object.assign(tab, { label, href: address() });
    if (name === entry) tab.top = tab.href;
    // From a page below back to its list: with the query that the list had.
    const up = document.querySelector(`[data-trail="${CSS.escape(entry)}"]`);
    if (up && /^\/(?!\/)/.test(tab.top || "")) up.href = tab.top;
    write(tabs.slice(-MOST));
  };

  const close = (entry) => {
    const tabs = read();
    const at = tabs.findIndex((tab) => tab.entry === entry);
    if (at < 0) return;
    tabs.splice(at, 1);
    write(tabs);
    if (entry === strip.dataset.entry) location.assign((tabs[at] || tabs[at - 1] || home).href);
    else draw();
  };

  const draw = () => {
    const pattern = document.getElementById("opened-template");
    for (const old of strip.querySelectorAll(":scope > .opened-tab")) old.remove();
    for (const tab of [home, ...read()]) {
      const node = pattern.content.firstElementChild.cloneNode(true);
      const link = node.querySelector("a");
      const button = node.querySelector("button");
      link.href = tab.href;
      link.textContent = tab.label;
      if (tab.entry === strip.dataset.entry) {
        node.classList.add("is-here");
        link.setAttribute("aria-current", "page");
      }
      if (tab === home) button.remove();
      else {
        button.setAttribute("aria-label", `关闭“${tab.label}”`);
        button.addEventListener("click", () => close(tab.entry));
        node.addEventListener("auxclick", (event) => {
          if (event.button === 1) {
            event.preventDefault();
            close(tab.entry);
          }
        });
        link.addEventListener("keydown", (event) => { if (event.key === "Delete") close(tab.entry); });
      }
      strip.append(node);
    }
    const here = strip.querySelector(".is-here");
    if (here) strip.scrollLeft = here.offsetLeft - strip.clientWidth / 2;
  };

  remember();
  draw();
  for (const event of ["htmx:pushedIntoHistory", "htmx:replacedInHistory"]) {
    document.addEventListener(event, remember);
  }
  window.addEventListener("storage", (event) => { if (event.key === shelf) draw(); });
})();
