"""What every page for a student must have, whoever reads it and with what: read from its HTML."""

from itertools import pairwise

from lxml import html

KINDS = "//input[not(@type='hidden')] | //select | //textarea"


def faults(page: str) -> list[str]:
    """What a screen reader would stumble over."""
    tree = html.fromstring(page)
    found = [*_headings(tree), *_names(tree)]
    ids = [element.get("id") for element in tree.iter() if element.get("id")]
    found += [f"two elements are #{one}" for one in {one for one in ids if ids.count(one) > 1}]
    for element in tree.iter():
        for told in ("aria-labelledby", "aria-describedby"):
            missing = {*(element.get(told) or "").split()} - {*ids}
            found += [f"{told} of #{one}, which is not there" for one in sorted(missing)]
    if len(tree.xpath("//main")) != 1:
        found.append("not one main part")
    if not tree.xpath("//*[@role='status'][@aria-live]"):
        found.append("nothing says what has happened")
    return found


def _headings(tree) -> list[str]:
    """One h1, and no level left out."""
    levels = [
        (int(element.tag[1]), " ".join(element.text_content().split()))
        for element in tree.iter("h1", "h2", "h3", "h4")
        if not element.xpath("ancestor::template | ancestor::dialog")
    ]
    found = [] if [level for level, _ in levels].count(1) == 1 else [f"not one h1: {levels}"]
    found += [f"an empty heading: h{level}" for level, text in levels if not text]
    for (above, _), (level, text) in pairwise(levels):
        if level > above + 1:
            found.append(f"h{level} right after h{above}: {text}")
    return found


def _names(tree) -> list[str]:
    """Fields, buttons, links and pictures have a name."""
    labelled = {label.get("for") for label in tree.iter("label")}
    found = [
        f"a field without a label: {field.get('name')}"
        for field in tree.xpath(KINDS)
        if not (
            field.get("id") in labelled
            or field.get("aria-label")
            or field.get("aria-labelledby")
            or field.xpath("ancestor::label")
            or field.get("aria-hidden") == "true"
        )
    ]
    for element in tree.xpath("//button | //a[@href] | //summary"):
        text = element.text_content().strip() or element.get("aria-label")
        if not text and not element.xpath(".//img[@alt!='']"):
            found.append(f"nothing says what it does: {html.tostring(element)[:80]!r}")
    found += [f"a picture without alt: {i.get('src')}" for i in tree.xpath("//img[not(@alt)]")]
    return found
