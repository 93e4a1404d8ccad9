// A photo as evidence: made smaller before it goes over a slow line, and shown so that it can be judged.
"use strict";

(() => {
  const KEPT_PIXELS = 3_000_000;
  const SMALL_ENOUGH = 1_000_000;

  // The server makes the picture anew in any case; what cannot be drawn here is sent as it is.
  const drawn = async (file) => {
    const bitmap = await createImageBitmap(file, { imageOrientation: "from-image" });
    const scale = Math.min(1, Math.sqrt(KEPT_PIXELS / (bitmap.width * bitmap.height)));
    const canvas = document.createElement("canvas");
    canvas.width = Math.round(bitmap.width * scale);
    canvas.height = Math.round(bitmap.height * scale);
    const pen = canvas.getContext("2d");
    pen.fillStyle = "#fff";
    pen.fillRect(0, 0, canvas.width, canvas.height);
    pen.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
    bitmap.close();
    return canvas;
  };

  const smaller = (canvas) => new Promise((resolve) => { canvas.toBlob(resolve, "image/jpeg", 0.85); });

  const show = (home, canvas) => {
    home.querySelector("canvas")?.remove();
    canvas.className = "picture-preview";
    canvas.setAttribute("role", "img");
    canvas.setAttribute("aria-label", window.yibao.word("已选择的照片"));
    home.append(canvas);
    home.querySelector(".picture-drop span").textContent = window.yibao.word("点这里换一张");
  };

  document.addEventListener("change", async (event) => {
    const input = event.target;
    if (!input.matches?.("input[data-picture]") || !input.files.length) return;
    const home = input.closest(".picture-input");
    const [file] = input.files;
    home.classList.add("is-working");
    try {
      const canvas = await drawn(file);
      show(home, canvas);
      if (file.size > SMALL_ENOUGH || file.type !== "image/jpeg") {
        const blob = await smaller(canvas);
        if (blob && input.files[0] === file) {
          const box = new DataTransfer();
          box.items.add(new File([blob], "photo.jpg", { type: "image/jpeg" }));
          input.files = box.files;
        }
      }
    } catch {
      home.querySelector("canvas")?.remove();
      home.querySelector(".picture-drop span").textContent = `${window.yibao.word("已选择")} ${file.name}`;
    } finally {
      home.classList.remove("is-working");
      home.dispatchEvent(new CustomEvent("picture-ready", { bubbles: true }));
    }
  });
})();
