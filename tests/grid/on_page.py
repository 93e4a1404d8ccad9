"""Where things are on the page of a list in a real browser."""

HERE = "/staff/students/"


def row(page, place):
    """The row at a place of the query, from 0."""
    return page.locator(f"#list tbody tr[data-at='{place}']")


def chosen(page):
    """The count of ticked rows as it can be read."""
    return page.locator("#list [data-count]").inner_text()
