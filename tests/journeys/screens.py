"""What must hold on every screen of a journey, and how a person moves on it."""

from typing import Any

from tests.browser import no_wider, quiet, reads, soon

# The one button a screen is about, links in its clothes included.
TOO_SMALL = """() => [...document.querySelectorAll(".btn-main, .thumb-bar .btn-primary, button.main")]
  .filter((el) => el.offsetParent && el.getBoundingClientRect().height < 44)
  .map((el) => `${el.textContent.trim()} ${el.getBoundingClientRect().height}`)"""
WORDS = "document.body.innerText"


class Screen:
    """A page of a real browser that is looked at after every step."""

    def __init__(self, page: Any, *, forgives: str = "") -> None:
        self.page = page
        self.faults: list[str] = []
        page.on("console", lambda said: self._heard(said, forgives))

    def _heard(self, said: Any, forgives: str) -> None:
        if said.type == "error" and not (forgives and forgives in said.text):
            self.faults.append(f"{self.page.url}: {said.text}")

    def open(self, address: str) -> "Screen":
        """Go to an address."""
        self.page.goto(address)
        return self.fits()

    def sees(self, *words: str) -> "Screen":
        """Wait until all of this can be read, then look at the whole."""
        reads(self.page, *words)
        return self.fits()

    def reads_nothing_of(self, *words: str) -> "Screen":
        """None of this can be read."""
        quiet(self.page)
        text = self.page.evaluate(WORDS)
        assert [word for word in words if word in text] == []
        return self

    def press(self, words: str) -> "Screen":
        """Press the button or link that is called so."""
        shown = self.page.get_by_role("button", name=words).or_(
            self.page.get_by_role("link", name=words)
        )
        shown.locator("visible=true").first.click()
        return self

    def fits(self) -> "Screen":
        """Nothing sticks out at the side, the main button is large, no script has complained."""
        no_wider(self.page)
        soon(lambda: self.page.evaluate(TOO_SMALL), [])
        assert self.faults == []
        return self
