// Inside of WeChat this page itself asks for the money; whatever WeChat says, the gateway is asked.
"use strict";

(() => {
  const box = document.querySelector("[data-in-wechat]");
  if (!box) return;
  const button = box.querySelector("button");

  const say = (words) => {
    for (const line of box.querySelectorAll("[data-say]")) line.hidden = line.dataset.say !== words;
    button.disabled = false;
  };

  const pay = () => {
    button.disabled = true;
    window.WeixinJSBridge.invoke(
      "getBrandWCPayRequest",
      JSON.parse(box.dataset.inWechat),
      (answer) => {
        const word = String(answer.err_msg).split(":")[1];
        if (word === "ok") location.replace(box.dataset.result);
        else say(word === "cancel" ? "cancel" : "fail");
      },
    );
  };

  button.addEventListener("click", () => (window.WeixinJSBridge ? pay() : say("fail")));
  if (window.WeixinJSBridge) pay();
  else document.addEventListener("WeixinJSBridgeReady", pay, { once: true });
})();
