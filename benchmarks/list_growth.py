"""P4: the same page when the list is twenty times as long, and far down in it."""

from collections.abc import Iterator
from functools import partial

from benchmarks import pages
from benchmarks.measure import Figure
from benchmarks.sizes import Sizes
from benchmarks.university import university


def figures(sizes: Sizes) -> Iterator[Figure]:
    """A counselor's list among few and among many; the school office's first page and a late one."""
    school = university(sizes.enrolments)
    few = school.smaller_plan(sizes.few_enrolments)
    counselor, office = pages.visitor(school.counselor), pages.visitor(school.office)
    for name in ("enrolments", "reviews"):
        yield Figure(
            name=f"a counselor's {name} among {school.students:,}",
            floor_name=f"the same page of a plan of {sizes.few_enrolments:,}",
            goal=1.3,
            floor=partial(counselor, f"/staff/{name}/?plan={few.pk}&size=50"),
            ours=partial(counselor, f"/staff/{name}/?plan={school.plan.pk}&size=50"),
        )
    for name in ("enrolments", "reviews"):
        first = f"/staff/{name}/?plan={school.plan.pk}&size=50"
        yield Figure(
            name=f"page {sizes.deep_page} of {school.students:,} {name}",
            floor_name="page 1",
            goal=1.3,
            floor=partial(office, first),
            ours=partial(office, f"{first}&page={sizes.deep_page}"),
        )
