// Photos in large, over whatever shows them small: by keyboard, by touch, turned upright, in full size.
"use strict";

(() => {
  let links = [];
  let at = 0;
  let turn = 0;

  const make = () => {
    const template = document.getElementById("viewer-template");
    const viewer = template.content.firstElementChild.cloneNode(true);
    document.body.append(viewer);
    viewer.addEventListener("click", (event) => {
      const act = event.target.closest("[data-view]")?.dataset.view;
      if (act) acts[act](viewer);
      else if (event.target === viewer || event.target.matches(".viewer-stage")) viewer.close();
    });
    viewer.addEventListener("keydown", (event) => {
      // The dialog below walks through its list by the same keys.
      event.stopPropagation();
      const act = { ArrowLeft: "before", ArrowRight: "after", r: "turn", "+": "zoom", "-": "zoom" }[event.key];
      if (!act) return;
      event.preventDefault();
      acts[act](viewer);
    });
    viewer.addEventListener("close", () => {
      viewer.querySelector("img").removeAttribute("src");
      links[at]?.focus();
    });
    return viewer;
  };

  const show = (viewer) => {
    const link = links[at];
    const image = viewer.querySelector("img");
    turn = 0;
    viewer.classList.remove("is-full");
    image.dataset.turn = "0";
    viewer.classList.add("is-waiting");
    image.onload = () => viewer.classList.remove("is-waiting");
    image.onerror = () => {
      viewer.classList.remove("is-waiting");
      window.yibao.say("图片没有打开，请检查网络后再试", "red");
    };
    image.alt = link.dataset.viewLabel;
    image.src = link.href;
    viewer.querySelector(".viewer-label").textContent = link.dataset.viewLabel;
    viewer.querySelector(".viewer-count").textContent = `${at + 1} / ${links.length}`;
    for (const step of viewer.querySelectorAll("[data-view=before], [data-view=after]")) step.hidden = links.length < 2;
  };

  const step = (by) => (viewer) => {
    at = (at + by + links.length) % links.length;
    show(viewer);
  };
  const acts = {
    close: (viewer) => viewer.close(),
    before: step(-1),
    after: step(1),
    turn: (viewer) => {
      turn = (turn + 1) % 4;
      viewer.querySelector("img").dataset.turn = String(turn);
    },
    zoom: (viewer) => viewer.classList.toggle("is-full"),
  };

  document.addEventListener("click", (event) => {
    const link = event.target.closest?.("a[data-view-label]");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    const group = link.closest("[data-view-group]") ?? document;
    links = [...group.querySelectorAll("a[data-view-label]")];
    at = links.indexOf(link);
    const viewer = document.getElementById("viewer") ?? make();
    viewer.showModal();
    show(viewer);
  });
})();
