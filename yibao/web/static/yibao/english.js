// What the scripts themselves say, in English; the page's own texts come translated.
"use strict";

window.yibaoWords = {
  "已复制": "Copied",
  "隐藏密码": "Hide password",
  "显示密码": "Show password",
  "网络不通，请检查网络后再试。已填写的内容还在页面上": "No connection. Check the network and try again; what you entered is still on the page",
  "等了一分钟还没有回应，请稍后再试。已填写的内容还在页面上": "No answer for a minute. Please try again later; what you entered is still on the page",
  "这一步没有完成，请刷新页面后再试": "This was not completed. Please refresh and try again",
  "已选择的照片": "The chosen photo",
  "点这里换一张": "Tap here to replace it",
  "已选择": "Chosen:",
  "正在上传……": "Uploading …",
  "还没有传上去": "Not uploaded yet",
  "网络不通，照片还没有传上去。连上网后会自动再传，也可以再选一次": "No connection: the photo is not uploaded yet. It is sent again when you are online, or choose it once more",
  "很久没有操作，1 分钟后将退出登录。点一下页面或按任意键可以继续": "You have been away for long and will be signed out in a minute. Tap the page or press a key to stay",
  "图片没有打开，请检查网络后再试": "The picture did not open. Check the network and try again",
};
