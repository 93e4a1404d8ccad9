"""What the tests of pages stand on."""

from tests.browser import chromium, open_page

__all__ = ["chromium", "open_page"]
