"""Paying on a page inside of WeChat (JSAPI): who pays is asked by redirect, and our page asks WeChat.

The payer's openid is asked for silently (snsapi_base: no button, nothing of them but this name, which
is good for one official account alone). The order is made for it, and what the page hands to WeChat
is signed, so that nobody in between can change what is paid.
"""

import secrets
import time
from urllib.parse import urlencode

import httpx
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

from yibao.payments.providers import wire
from yibao.payments.providers.base import GatewayRefused, GatewayUnavailable
from yibao.payments.providers.calling import Caller
from yibao.payments.providers.wire import Unreadable, text_of

CONSENT = "https://open.weixin.qq.com"
API = "https://api.weixin.qq.com"
OPENID = r"[0-9A-Za-z_-]{6,64}"
CODE = r"[0-9A-Za-z_-]{1,128}"


def consent_address(host: str, official: str, back: str, state: str) -> str:
    """Where WeChat tells who is there; WeChat insists on this order of the fields."""
    asked = {
        "appid": official,
        "redirect_uri": back,
        "response_type": "code",
        "scope": "snsapi_base",
        "state": state,
    }
    return f"{host}/connect/oauth2/authorize?{urlencode(asked)}#wechat_redirect"


def openid_of(caller: Caller, official: str, secret: str, code: str) -> str:
    """Who came back with this code; it is good once. Nothing is signed here, TLS alone proves it."""
    asked = {
        "appid": official,
        "secret": secret,
        "code": code,
        "grant_type": "authorization_code",
    }
    answer = caller.ask("GET", f"/sns/oauth2/access_token?{urlencode(asked)}", headers={})
    if answer.status != httpx.codes.OK:
        message = f"asked who pays, WeChat answered {answer.status}"
        raise GatewayUnavailable(message)
    try:
        said = wire.read_object(answer.body)
        if "errcode" in said:
            raise GatewayRefused(str(said["errcode"]), str(said.get("errmsg", ""))[:200])
        return text_of(said, "openid", OPENID)
    except Unreadable as error:
        raise GatewayUnavailable(str(error)) from None


def package(key: RSAPrivateKey, official: str, prepay_id: str) -> dict[str, str]:
    """What the page hands to WeixinJSBridge."""
    timestamp, nonce = str(int(time.time())), secrets.token_hex(16)
    what = f"prepay_id={prepay_id}"
    return {
        "appId": official,
        "timeStamp": timestamp,
        "nonceStr": nonce,
        "package": what,
        "signType": "RSA",
        "paySign": wire.sign(key, package_text(official, timestamp, nonce, what)),
    }


def package_text(official: str, timestamp: str, nonce: str, what: str) -> bytes:
    """What the package's signature covers."""
    return f"{official}\n{timestamp}\n{nonce}\n{what}\n".encode()
