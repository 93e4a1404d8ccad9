"""The gateway's pages: HTML files with $names; what is put in is escaped unless it is Html."""

from functools import cache
from html import escape
from pathlib import Path
from string import Template

from yibao_sandbox.exchange import Answer

TEMPLATES = Path(__file__).parent / "templates"
STATIC = Path(__file__).parent / "static"
STATIC_TYPES = {
    "cashier.css": "text/css; charset=utf-8",
    "cashier.js": "text/javascript; charset=utf-8",
}
BRANDS = {
    "campus": ("校园统一支付", "付"),
    "wechat": ("微信支付", "微"),
    "alipay": ("支付宝", "支"),
}
GUARDS = {
    "Content-Security-Policy": "default-src 'self'; img-src 'self' data:; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
}


class Html(str):
    """Text that is HTML already."""

    __slots__ = ()


def fragment(template: str, **values: object) -> Html:
    """A template filled in."""
    safe = {k: v if isinstance(v, Html) else escape(str(v)) for k, v in values.items()}
    return Html(_template(template).substitute(safe))


def page(title: str, content: Html, status: int = 200, look: str = "campus") -> Answer:
    """A whole page around a filled template, in the look of one of the gateways."""
    brand, mark = BRANDS[look]
    html = fragment("layout.html", title=title, content=content, look=look, brand=brand, mark=mark)
    return Answer(status, html.encode(), "text/html; charset=utf-8", dict(GUARDS))


def message(words: str, status: int) -> Answer:
    """A page that says one thing."""
    return page(words, fragment("message.html", message=words), status)


def static(name: str) -> Answer:
    """One of the few files that pages ask for."""
    return Answer(200, (STATIC / name).read_bytes(), STATIC_TYPES[name], dict(GUARDS))


def yuan(fen: int) -> str:
    """An amount as people read it."""
    return f"{fen // 100:,}.{fen % 100:02d}"


@cache
def _template(name: str) -> Template:
    return Template((TEMPLATES / name).read_text(encoding="utf-8"))
