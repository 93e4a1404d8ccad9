"""Somebody with a browser that knows pages and forms but runs no scripts."""

import re
from typing import Self
from urllib.parse import urljoin

import httpx
from lxml import html

PASSWORD = "海边的第9座灯塔"


class Unexpected(AssertionError):
    """A page was not what the story needs; says whose page it was and what stood on it."""


class Person:
    """Reads pages, fills in forms as they stand there, and sends them."""

    def __init__(self, base_url: str, number: str, name: str = "") -> None:
        self.number, self.name = number, name or number
        self.client = httpx.Client(
            base_url=base_url, follow_redirects=True, timeout=60, trust_env=False
        )
        self.page = html.fromstring("<html/>")
        self.url = ""

    def close(self) -> None:
        """Shut the browser."""
        self.client.close()

    # Reading ---------------------------------------------------------------------------------
    def open(self, path: str) -> Self:
        """Go to an address; a page that is refused or broken ends the story."""
        return self._show(self.client.get(path))

    def follow(self, words: str) -> Self:
        """Click the first link that says these words."""
        for link in self.page.iter("a"):
            if words in " ".join(link.text_content().split()) and link.get("href"):
                return self.open(urljoin(self.url, link.get("href")))
        raise self._unexpected(f"has no link “{words}”")

    @property
    def text(self) -> str:
        """What stands on the page, white space folded."""
        body = self.page.find("body")
        return " ".join((self.page if body is None else body).text_content().split())

    def sees(self, *words: str) -> Self:
        """Insist that the page says all of this."""
        for word in words:
            if word not in self.text:
                raise self._unexpected(f"does not say “{word}”")
        return self

    def find(self, pattern: str) -> str:
        """The first group of a pattern in the page's text."""
        found = re.search(pattern, self.text)
        if not found:
            raise self._unexpected(f"says nothing like {pattern}")
        return found.group(1)

    def table(self, place: int = 0) -> list[list[str]]:
        """The cells of a table of the page, row by row, head and foot included."""
        tables = self.page.xpath("//table")
        if len(tables) <= place:
            raise self._unexpected(f"has no table {place}")
        rows = tables[place].iter("tr")
        return [[" ".join(c.text_content().split()) for c in row.iter("th", "td")] for row in rows]

    # Acting ----------------------------------------------------------------------------------
    def send(self, *, having: str = "", press: dict[str, str] | None = None, **fields) -> Self:
        """Fill in the form that has the field `having` (or all of `fields`) and send it."""
        wanted = {having, *fields} - {""}
        for form in self.page.forms:
            if form.method == "POST" and wanted <= set(form.fields.keys()):
                return self._send(form, fields, press or {})
        raise self._unexpected(f"has no form with {sorted(wanted)}")

    def press(self, words: str) -> Self:
        """Press the first button that says these words; its form is sent as it stands."""
        for button in self.page.iter("button"):
            if words not in " ".join(button.text_content().split()):
                continue
            outer = next(button.iterancestors("form"), None)
            wanted = button.get("form")
            for form in self.page.forms:
                if form is outer or (wanted and form.get("id") == wanted):
                    named = {button.get("name"): button.get("value") or ""}
                    return self._send(form, {}, named if button.get("name") else {})
        raise self._unexpected(f"has no button “{words}”")

    def post(self, path: str, **fields) -> Self:
        """Send what a script would send from this page."""
        data = {"csrfmiddlewaretoken": self._token(), **fields}
        return self._show(self.client.post(path, data=data, headers=self._from_here()))

    def upload(self, path: str, field: str, name: str, content: bytes, **fields) -> Self:
        """Send a file."""
        data = {"csrfmiddlewaretoken": self._token(), **fields}
        files = {field: (name, content)}
        answer = self.client.post(path, data=data, files=files, headers=self._from_here())
        return self._show(answer)

    def sign_in(self, password: str = PASSWORD) -> Self:
        """Through the door; a first password is replaced at once."""
        self.open("/accounts/sign-in/").send(username=self.number, password=password)
        if "new_password" in str(self.page.xpath("//input/@name")):
            self.send(new_password=PASSWORD, repeated=PASSWORD)
        if "sign-in" in self.url:
            raise self._unexpected("did not let them in")
        return self

    # Inside ----------------------------------------------------------------------------------
    def _send(self, form: html.FormElement, fields: dict, press: dict[str, str]) -> Self:
        for name, value in fields.items():
            form.fields[name] = value
        data: dict[str, list[str]] = {}
        for name, value in [*form.form_values(), *press.items()]:
            data.setdefault(name, []).append(value)
        target = urljoin(self.url, form.get("action") or "")
        return self._show(self.client.post(target, data=data, headers=self._from_here()))

    def _show(self, answer: httpx.Response) -> Self:
        self.url = str(answer.url)
        self.status = answer.status_code
        self.page = html.fromstring(answer.text or "<html/>", base_url=self.url)
        if answer.is_error:
            raise self._unexpected(f"answers {answer.status_code}")
        return self

    def _token(self) -> str:
        tokens = self.page.xpath("//input[@name='csrfmiddlewaretoken']/@value")
        if not tokens:
            raise self._unexpected("has no form to send")
        return str(tokens[0])

    def _from_here(self) -> dict[str, str]:
        return {"Referer": self.url, "Origin": str(self.client.base_url).rstrip("/")}

    def _unexpected(self, what: str) -> Unexpected:
        return Unexpected(f"{self.name}: {self.url} {what}\n{self.text[:1500]}")
