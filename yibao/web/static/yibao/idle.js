// Leaves a page that nobody uses any more, before somebody else reads it; what was typed is kept.
"use strict";

(() => {
  const { idle, alive, signIn } = document.body.dataset;
  const limit = Number(idle) * 1000;
  const { say, drafts } = window.yibao;
  const unsent = () => [...document.querySelectorAll("form[method=post]")].filter(
    (form) => !form.matches("[role=search], [data-draft], [action*='sign-out']"),
  );
  const nameOf = (form) => `unsent:${location.pathname}:${unsent().indexOf(form)}`;

  // Back after signing in again: what was typed is there. Reached in another way it is old.
  const back = document.referrer && signIn && new URL(document.referrer).pathname === signIn;
  for (const form of unsent()) {
    if (back) drafts.restore(form, nameOf(form));
    drafts.drop(nameOf(form));
  }
  if (!limit) return;

  const minute = Math.min(60_000, limit / 3);
  let told = Date.now(); // when the server last heard of the person
  let used = told; // when the person last did something
  let warned = false;

  const keep = () => {
    for (const form of unsent()) if (form.dataset.touched) drafts.keep(form, nameOf(form));
  };
  let left = false;
  const leave = () => {
    if (left) return; // the door says why only once
    left = true;
    keep();
    location.assign(`${signIn}?next=${encodeURIComponent(location.pathname + location.search)}`);
  };
  // Whether the session still lives; asked as a person or, by X-Poll, only as a page.
  const ask = async (headers) => {
    try {
      return (await fetch(alive, { headers, cache: "no-store" })).status !== 401;
    } catch {
      return true; // the line is broken; nothing is known
    }
  };

  let asking = false;
  const use = async () => {
    used = Date.now();
    warned = false;
    if (asking || used - told < minute) return;
    asking = true;
    const lives = await ask({});
    asking = false;
    if (lives) told = Date.now();
    else leave();
  };
  for (const kind of ["pointerdown", "keydown", "input"]) document.addEventListener(kind, use, true);
  document.addEventListener("input", (event) => {
    if (event.target.form) event.target.form.dataset.touched = "1";
  });
  document.addEventListener("htmx:afterRequest", (event) => {
    if (!event.detail.requestConfig?.headers?.["X-Poll"]) told = Date.now();
  });
  // A session that ended in another way is noticed when something is sent: what was typed waits behind the door.
  document.addEventListener("htmx:beforeOnLoad", ({ detail }) => {
    if (detail.xhr.getResponseHeader("HX-Redirect")?.startsWith(signIn)) keep();
  });
  // A laptop that slept sends a form before any clock has told it: keep it first.
  document.addEventListener("submit", () => {
    if (Date.now() - told > limit) keep();
  }, true);

  setInterval(async () => {
    const away = Date.now() - Math.max(used, told);
    if (away > limit - minute && !warned) {
      warned = true;
      say("很久没有操作，1 分钟后将退出登录。点一下页面或按任意键可以继续", "orange", true);
    }
    if (away <= limit) return;
    // Another window of the same person may have kept the session.
    if (await ask({ "X-Poll": "1" })) used = Date.now();
    else leave();
  }, minute / 4);
})();
