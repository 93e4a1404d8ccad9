"""What a payer's browser and a school's server find at WeChat beside the API.

The H5 page leads on to the cashier and back again; the official account says who is there.
"""

import hashlib
import json
import re
import secrets
from urllib.parse import urlencode

from yibao_sandbox.exchange import Answer, Request, to
from yibao_sandbox.gateway import Gateway
from yibao_sandbox.ledger import Declined

PREPAID = re.compile(r"wx([0-9A-Za-z_-]{32})", re.ASCII)
CODE = re.compile(r"[0-9A-Za-z_-]{8,64}", re.ASCII)


def h5(gateway: Gateway, request: Request) -> Answer:
    """From the merchant's page to the cashier; where the payer goes afterwards stands in the address."""
    found = PREPAID.fullmatch(request.query.get("prepay_id", ""))
    back = request.query.get("redirect_url", "")
    if not found or not re.fullmatch(r"(https?://\S{1,500})?", back):
        code, message = "ORDER_NOT_FOUND", "支付链接不完整，请回到原页面重新发起支付"
        raise Declined(code, message, 404)
    if back:
        gateway.ledger.lead_back(found[1], back)
    return to(f"/cashier/{found[1]}")


def consent(gateway: Gateway, request: Request) -> Answer:
    """网页授权 without a question (snsapi_base): back at once, with a code."""
    asked = request.query
    back, known = asked.get("redirect_uri", ""), asked.get("appid") == gateway.wechat.official
    fits = (asked.get("response_type"), asked.get("scope")) == ("code", "snsapi_base")
    if not known or not fits or not re.fullmatch(r"https?://\S{1,500}", back):
        code, message = "REDIRECT_URI", "公众号或回调地址不正确"
        raise Declined(code, message, 400)
    told = urlencode({"code": secrets.token_urlsafe(24), "state": asked.get("state", "")})
    return to(f"{back}{'&' if '?' in back else '?'}{told}")


def who(gateway: Gateway, request: Request) -> Answer:
    """The openid for a code."""
    asked, merchant = request.query, gateway.wechat
    wanted = (merchant.official, merchant.official_secret)
    if (asked.get("appid"), asked.get("secret")) != wanted:
        return _json({"errcode": 40125, "errmsg": "invalid appsecret"})
    code = asked.get("code", "")
    if not CODE.fullmatch(code):
        return _json({"errcode": 40029, "errmsg": "invalid code"})
    openid = f"osandbox{hashlib.sha256(code.encode()).hexdigest()[:20]}"
    return _json({"openid": openid, "scope": "snsapi_base", "expires_in": 7200})


def _json(said: dict[str, object]) -> Answer:
    return Answer(200, json.dumps(said).encode(), "text/plain")
