// What every page does: notices, dialogs, menus, passwords in sight, one submit at a time, drafts.
"use strict";

(() => {
  // Our own sentences in English where english.js says so.
  const word = (text) => window.yibaoWords?.[text] ?? text;

  // Behind an open dialog nothing can be read or closed, so the notice goes into it.
  const noticesOf = (dialog) => {
    if (!dialog) return document.getElementById("notices");
    let home = dialog.querySelector(":scope > .notices");
    if (!home) {
      home = document.createElement("div");
      home.className = "notices";
      home.setAttribute("role", "status");
      dialog.append(home);
    }
    return home;
  };
  document.addEventListener("close", (event) => {
    const home = event.target.querySelector?.(":scope > .notices");
    if (home) document.getElementById("notices").append(...home.children);
  }, true);

  const say = (text, tone = "blue", stays = false) => {
    const home = noticesOf([...document.querySelectorAll("dialog:modal")].at(-1));
    const notice = document.getElementById("notice-template").content.firstElementChild.cloneNode(true);
    notice.classList.add(`notice-${tone}`);
    if (stays) notice.classList.add("notice-stays");
    for (const mark of notice.querySelectorAll(".notice-icon")) {
      if (mark.dataset.tone !== tone) mark.remove();
    }
    notice.querySelector("p").textContent = word(text);
    if (tone === "red") notice.setAttribute("role", "alert");
    // The same sentence twice is one notice.
    for (const other of home.children) {
      if (other.querySelector("p").textContent === word(text)) other.remove();
    }
    home.append(notice);
    letGo(notice);
  };

  // A fault stays until it is read; what went well leaves by itself, but not under the pointer.
  const letGo = (notice) => {
    if (notice.matches(".notice-red, .notice-error, .notice-stays")) return;
    let timer = 0;
    const start = () => { timer = setTimeout(() => notice.remove(), 6000); };
    const stop = () => clearTimeout(timer);
    notice.addEventListener("pointerenter", stop);
    notice.addEventListener("pointerleave", start);
    notice.addEventListener("focusin", stop);
    start();
  };

  const openDialog = (dialog) => {
    if (dialog && !dialog.open) dialog.showModal();
  };

  document.addEventListener("click", (event) => {
    const on = (name) => event.target.closest(`[${name}]`);
    if (on("data-close-notice")) event.target.closest(".notice").remove();
    if (on("data-close-dialog")) event.target.closest("dialog").close();
    if (on("data-open-dialog")) openDialog(document.getElementById(on("data-open-dialog").dataset.openDialog));
    if (on("data-go-back")) history.length > 1 ? history.back() : location.assign("/");
    if (on("data-print")) window.print();
    if (on("data-copy")) navigator.clipboard?.writeText(on("data-copy").dataset.copy).then(() => say("已复制", "green"));
    for (const menu of document.querySelectorAll("details[data-menu][open]")) {
      if (!menu.contains(event.target)) menu.open = false;
    }
    // A click beside a dialog closes it, unless something was typed in it.
    if (event.target.matches?.("dialog.dialog[open]") && !event.target.querySelector("form")) event.target.close();
  });

  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    for (const menu of document.querySelectorAll("details[data-menu][open]")) {
      menu.open = false;
      menu.querySelector("summary").focus();
    }
  });

  // One submit at a time: a second tap does nothing, and the button says that it works.
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (!form.matches("[data-once]")) return;
    if (form.dataset.sent) {
      event.preventDefault();
      return;
    }
    form.dataset.sent = "1";
    event.submitter?.classList.add("is-busy");
  });
  const again = (form) => {
    delete form.dataset.sent;
    for (const button of document.querySelectorAll(".is-busy")) button.classList.remove("is-busy");
  };
  window.addEventListener("pageshow", () => {
    for (const form of document.querySelectorAll("[data-sent]")) again(form);
  });

  // A wheel over a number must scroll the page, not change an amount.
  document.addEventListener("wheel", (event) => {
    if (event.target.matches?.("input[type=number]:focus")) event.target.blur();
  }, { passive: true });

  const eye = (input) => {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "reveal";
    const draw = () => {
      const shown = input.type === "text";
      const sprite = document.querySelector("svg.icon use")?.getAttribute("href").split("#")[0];
      button.innerHTML = sprite
        ? `<svg class="icon" aria-hidden="true"><use href="${sprite}#i-${shown ? "eye-off" : "eye"}"/></svg>`
        : "";
      button.setAttribute("aria-label", word(shown ? "隐藏密码" : "显示密码"));
    };
    button.addEventListener("click", () => {
      input.type = input.type === "text" ? "password" : "text";
      draw();
    });
    draw();
    input.parentElement.classList.add("has-reveal");
    input.after(button);
    // What is sent is a password, also for the browser's keeper of passwords.
    input.form?.addEventListener("submit", () => { input.type = "password"; });
  };

  // Drafts: what was typed is there again after a lost line or an expired session, in this tab only.
  // Numbers as long as an ID or a phone number are not kept in the browser.
  const draftKey = (name) => `draft:${document.body.dataset.person || ""}:${name}`;
  const kept = (form) => [...form.elements].filter((field) => field.name && !field.matches(
    "[type=password], [type=file], [type=hidden], [type=submit], button",
  ));
  const keep = (form, name = form.dataset.draft) => {
    const values = kept(form).filter((field) => !/\d{11}/.test(field.value.replace(/\s/g, ""))).map((field) => [
      field.name, field.value, field.matches("[type=checkbox], [type=radio]") ? field.checked : null,
    ]);
    sessionStorage.setItem(draftKey(name), JSON.stringify(values));
  };
  const restore = (form, name = form.dataset.draft) => {
    const values = JSON.parse(sessionStorage.getItem(draftKey(name)) || "null");
    if (!values || form.querySelector("[aria-invalid]")) return;
    for (const field of kept(form)) {
      const box = field.matches("[type=checkbox], [type=radio]");
      const found = values.find(([name, value]) => name === field.name && (!box || value === field.value));
      if (!found) continue;
      if (box) field.checked = found[2];
      else field.value = found[1];
    }
    form.dispatchEvent(new Event("change", { bubbles: true }));
  };
  const drop = (name) => sessionStorage.removeItem(draftKey(name));
  // Whoever signs out, or finds the tab of somebody else, leaves nothing of it behind.
  const forget = (but) => {
    for (const key of Object.keys(sessionStorage)) {
      if (key.startsWith("draft:") && !(but && key.startsWith(but))) sessionStorage.removeItem(key);
    }
  };
  document.addEventListener("submit", (event) => {
    if (event.target.matches("[action*='sign-out']")) forget();
  });
  if (document.body.dataset.person) forget(draftKey(""));
  window.yibao = { say, word, openDialog, drafts: { keep, restore, drop } };

  // “Please choose” is over once something is chosen.
  document.addEventListener("change", (event) => {
    const group = event.target.matches("[type=radio]") && event.target.closest("fieldset[aria-invalid]");
    if (!group) return;
    group.removeAttribute("aria-invalid");
    group.querySelector(":scope > .field-error")?.remove();
  });

  const prepare = (root) => {
    for (const input of root.querySelectorAll("input[data-reveal]")) {
      if (!input.parentElement.classList.contains("has-reveal")) eye(input);
    }
    for (const form of root.querySelectorAll("form[data-draft]")) {
      restore(form);
      form.addEventListener("input", () => keep(form));
      form.addEventListener("change", () => keep(form));
    }
    // A page tells which drafts have become real.
    for (const mark of root.querySelectorAll("[data-draft-done]")) {
      drop(mark.dataset.draftDone);
    }
    // What is wrong is in sight, also where it takes no focus, such as a consent that waits for its text.
    // Not at once: htmx goes to the top of what it has swapped in after it has said so.
    const wrong = root.querySelector("[aria-invalid=true]");
    if (wrong) {
      wrong.focus({ preventScroll: true });
      requestAnimationFrame(() => wrong.scrollIntoView({ block: "center" }));
    }
    for (const notice of root.querySelectorAll(".notices > .notice")) letGo(notice);
  };
  prepare(document);

  // A page that answered a form is only asked for when somebody comes back to it: else the browser says that
  // it has forgotten it, and whether to send the form once more.
  history.replaceState(history.state, "", location.href);

  // On to another house, such as a cashier; back leads to the page before this one.
  const onward = document.querySelector("a[data-go-on]");
  if (onward) location.replace(onward.href);

  // htmx: notices sent with an answer, a line that broke, and a sign that it works.
  const busy = document.getElementById("busy");
  let asked = 0;
  document.addEventListener("htmx:beforeRequest", () => { asked += 1; busy.classList.add("is-on"); });
  document.addEventListener("htmx:afterRequest", (event) => {
    again(event.target.closest?.("form") || document.createElement("form"));
    asked = Math.max(0, asked - 1);
    if (!asked) busy.classList.remove("is-on");
  });
  document.addEventListener("notices", (event) => {
    for (const { tone, text } of event.detail.notices) say(text, tone);
  });
  document.addEventListener("htmx:sendError", () => say("网络不通，请检查网络后再试。已填写的内容还在页面上", "red"));
  document.addEventListener("htmx:timeout", () => say("等了一分钟还没有回应，请稍后再试。已填写的内容还在页面上", "red"));
  document.addEventListener("htmx:responseError", (event) => {
    const { xhr } = event.detail;
    if (xhr.getResponseHeader("HX-Trigger")) return;
    const plain = (xhr.getResponseHeader("Content-Type") || "").startsWith("text/plain");
    say(plain ? xhr.responseText : `${word("这一步没有完成，请刷新页面后再试")}（${xhr.status}）`, "red");
  });
  document.addEventListener("htmx:load", (event) => {
    if (event.detail.elt !== document.body) prepare(event.detail.elt);
  });
})();
