"""Where things are on the page of a list in a real browser."""

from itertools import cycle

from tests.browser import expect, soon

HERE = "/staff/students/"


def row(page, place):
    """The row at a place of the query, from 0."""
    return page.locator(f"#list tbody tr[data-at='{place}']")


def chosen(page, count: int) -> None:
    """The count of ticked rows as it can be read."""
    expect(page.locator("#list [data-count]")).to_have_text(str(count))


def title(page, words: str) -> None:
    """What the dialog is about."""
    expect(page.locator("#list-dialog-title")).to_have_text(words)


def closed(page) -> None:
    """No dialog is open."""
    expect(page.locator("#list-dialog")).to_be_hidden()


def dragged(item, target, by: str) -> None:
    """Take an item by its grip to where one above it stands; let it go when it is there."""
    mouse, grip = item.page.mouse, target.locator(by)
    item.locator(by).hover()
    mouse.down()
    grip.scroll_into_view_if_needed()
    places = cycle((1, -1))

    def arrived():
        if item.evaluate("(one, next) => one.nextElementSibling === next", target.element_handle()):
            return True
        box = grip.bounding_box()
        mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2 + next(places))
        return False

    soon(arrived, wanted=True)
    mouse.up()
