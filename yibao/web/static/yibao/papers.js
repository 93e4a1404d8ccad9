// Papers on a phone: photos that are sent as soon as they are chosen, a statement that is read and signed.
"use strict";

(() => {
  // Photos ---------------------------------------------------------------------------------
  // pictures.js has made it small by then; without scripts a button sends the form.
  document.addEventListener("picture-ready", (event) => {
    const form = event.target.closest("form[data-sends-itself]");
    if (!form || form.dataset.sent) return;
    form.dataset.sent = "1";
    const label = event.target.querySelector(".picture-drop span");
    if (label) label.textContent = window.yibao.word("正在上传……");
    event.target.classList.add("is-working");
    send(form, event.target, label);
  });

  // A line that breaks must not lead to the browser's own page, where the photo would be lost.
  const send = async (form, home, label) => {
    try {
      const answer = await fetch(location.href, { method: "POST", body: new FormData(form), redirect: "manual" });
      // Taken in: the page shows it. Else the form is sent as forms are, so that its fault is shown.
      if (answer.type === "opaqueredirect") location.assign(location.pathname + location.search);
      else form.submit();
    } catch {
      home.classList.remove("is-working");
      if (label) label.textContent = window.yibao.word("还没有传上去");
      window.yibao.say("网络不通，照片还没有传上去。连上网后会自动再传，也可以再选一次", "red");
      window.addEventListener("online", () => form.isConnected && form.dataset.sent && send(form, home, label), { once: true });
      form.addEventListener("click", () => { delete form.dataset.sent; form.querySelector("[type=file]").value = ""; }, { once: true, capture: true });
    }
  };

  // Reading --------------------------------------------------------------------------------
  // Consent opens when the end of the text has been on the screen.
  const watchReading = (text) => {
    const consent = document.getElementById(text.dataset.readBefore);
    const end = text.querySelector("[data-text-end]");
    if (!consent || !end || !window.IntersectionObserver) return;
    if (consent.checked) return;
    const hint = document.getElementById(`${consent.id}-hint`);
    consent.disabled = true;
    if (hint) hint.hidden = false;
    const open = () => {
      observer.disconnect();
      consent.disabled = false;
      if (hint) hint.hidden = true;
    };
    const observer = new IntersectionObserver((seen) => {
      if (seen.some((entry) => entry.isIntersecting)) open();
    });
    observer.observe(end);
    // Who reads by ear comes to the end without a screen that scrolls.
    end.addEventListener("focus", open);
  };

  // Signing --------------------------------------------------------------------------------
  const WIDTH = 1000;
  const HEIGHT = 500;
  const PEN = 9;
  const NEAR = 5;

  const inputOf = (canvas) => document.getElementById(canvas.dataset.signature);
  const strokesOf = (canvas) => {
    canvas.strokes ??= inputOf(canvas).value.split(";").filter(Boolean)
      .map((stroke) => stroke.split(" ").map((point) => point.split(",").map(Number)));
    return canvas.strokes;
  };

  const draw = (canvas) => {
    const box = canvas.getBoundingClientRect();
    if (!box.width) return;
    const ratio = window.devicePixelRatio || 1;
    canvas.width = Math.round(box.width * ratio);
    canvas.height = Math.round(box.height * ratio);
    const pen = canvas.getContext("2d");
    pen.scale(canvas.width / WIDTH, canvas.height / HEIGHT);
    pen.lineWidth = PEN;
    pen.lineCap = "round";
    pen.lineJoin = "round";
    pen.strokeStyle = "#16202e";
    for (const stroke of strokesOf(canvas)) {
      pen.beginPath();
      pen.moveTo(...stroke[0]);
      for (const point of stroke.length > 1 ? stroke.slice(1) : [[stroke[0][0] + 0.1, stroke[0][1]]]) pen.lineTo(...point);
      pen.stroke();
    }
    const pad = canvas.closest(".sign-pad");
    pad.classList.toggle("is-signed", strokesOf(canvas).length > 0);
  };

  const keep = (canvas) => {
    inputOf(canvas).value = strokesOf(canvas)
      .map((stroke) => stroke.map((point) => point.join(",")).join(" ")).join(";");
    draw(canvas);
  };

  const pointOf = (canvas, event) => {
    const box = canvas.getBoundingClientRect();
    const within = (value, most) => Math.min(most, Math.max(0, Math.round(value)));
    return [
      within(((event.clientX - box.left) / box.width) * WIDTH, WIDTH),
      within(((event.clientY - box.top) / box.height) * HEIGHT, HEIGHT),
    ];
  };

  document.addEventListener("pointerdown", (event) => {
    const canvas = event.target.closest?.("canvas[data-signature]");
    if (!canvas || event.button > 0 || canvas.drawing !== undefined) return;
    event.preventDefault();
    canvas.setPointerCapture(event.pointerId);
    canvas.drawing = event.pointerId;
    strokesOf(canvas).push([pointOf(canvas, event)]);
    draw(canvas);
  });
  document.addEventListener("pointermove", (event) => {
    const canvas = event.target.closest?.("canvas[data-signature]");
    if (!canvas || canvas.drawing !== event.pointerId) return;
    const stroke = strokesOf(canvas).at(-1);
    for (const moved of event.getCoalescedEvents?.() ?? [event]) {
      const point = pointOf(canvas, moved);
      const last = stroke.at(-1);
      if (Math.hypot(point[0] - last[0], point[1] - last[1]) >= NEAR) stroke.push(point);
    }
    draw(canvas);
  });
  const lift = (event) => {
    const canvas = event.target.closest?.("canvas[data-signature]");
    if (!canvas || canvas.drawing !== event.pointerId) return;
    delete canvas.drawing;
    keep(canvas);
  };
  document.addEventListener("pointerup", lift);
  document.addEventListener("pointercancel", lift);

  document.addEventListener("click", (event) => {
    const button = event.target.closest?.("[data-sign-undo], [data-sign-clear]");
    if (!button) return;
    const canvas = button.closest(".sign-pad").querySelector("canvas");
    if (button.hasAttribute("data-sign-clear")) strokesOf(canvas).length = 0;
    else strokesOf(canvas).pop();
    keep(canvas);
  });

  const drawAll = () => { for (const canvas of document.querySelectorAll("canvas[data-signature]")) draw(canvas); };
  window.addEventListener("resize", drawAll);
  document.addEventListener("change", (event) => {
    if (event.target.matches?.("[name=manner]")) drawAll();
  });

  // Pages come whole or are swapped in ---------------------------------------------------------
  const begin = () => {
    for (const text of document.querySelectorAll("[data-read-before]:not([data-watched])")) {
      text.dataset.watched = "";
      watchReading(text);
    }
    drawAll();
  };
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", begin);
  else begin();
  document.addEventListener("htmx:afterSettle", begin);
})();
