"""The story from the first command to the last sum."""

import time
from collections.abc import Callable
from pathlib import Path

from tests.story.campaign import Campaign
from tests.story.person import Person
from tests.story.setting import (
    ADMINISTRATOR,
    OFFICE,
    WAYS,
    School,
    employ,
    import_list,
    make_plan,
    take_in_counselors,
    take_in_officers,
)
from tests.story.sums import LEVELS, PARTS, ROSTER, Table
from tests.story.system import System
from yibao.demo.build import school_year, write_files
from yibao.demo.students import invent

POSTGRADUATE = ("硕士", "博士")
LEFT = ("退学", "毕业")

Say = Callable[[str], None]


def tell(folder: Path, students: int, seed: int, say: Say) -> None:
    """Raises AssertionError with the page or the sum that is not as it should be."""
    begun = time.monotonic()
    say(f"{students} students, seed {seed}")
    lists = invent(students, school_year(), seed)
    files = write_files(lists, school_year(), folder / "lists")
    with System(folder) as system:
        say(f"started empty after {time.monotonic() - begun:.0f} s")
        password = system.first_password(ADMINISTRATOR, "--administrator", "郑管理")
        admin = Person(system.base_url, ADMINISTRATOR, "郑管理").sign_in(password)
        office = employ(admin, system.base_url, OFFICE, "周主任", level="school")
        school = School(lists, office)
        import_list(office, "roster", files.roster)
        import_list(office, "hardship", files.hardship)
        take_in_officers(admin, system.base_url, school)
        take_in_counselors(admin, system.base_url, school)
        for way, made in WAYS.items():
            school.plans[way] = make_plan(office, made)
        say(f"{len(school.counselors)} counselors, {len(school.officers)} colleges, two plans open")
        live(Campaign(system.base_url, school, seed), school, say)
    say(f"the story took {time.monotonic() - begun:.0f} s")


def live(campaign: Campaign, school: School, say: Say) -> None:
    """The acts in the order of life; the sums are looked at after each."""
    on_roll = [s for s in school.students if s["学籍状态"] not in LEFT]
    postgraduate = sum(s["培养层次"] in POSTGRADUATE for s in on_roll)
    students = {"A": len(on_roll) - postgraduate, "B": postgraduate}

    def look(act: str) -> dict[str, Table]:
        seen = {way: campaign.sums.look(way, students[way]) for way in WAYS}
        say(f"— {act}")
        for way, table in seen.items():
            shown = " ".join(f"{head} {table.count(head)}" for head in (ROSTER, *PARTS, *LEVELS))
            say(f"  {way}: {shown}")
        return seen

    look("plans open")
    campaign.everybody_applies()
    say("  " + " ".join(f"{act} {n}" for act, n in sorted(campaign.acts.items())))
    look("students have applied")
    campaign.some_are_returned_and_come_back()
    look("some were returned and came back")
    campaign.review(school.counselors.values(), "A")
    campaign.review(school.counselors.values(), "B")
    look("counselors have reviewed")
    campaign.rates_are_blocked()
    campaign.review(school.officers.values(), "A")
    campaign.review([school.office], "A")
    look("colleges and the school have reviewed")
    registered = campaign.counselors_register_the_rest("B")
    campaign.review(school.counselors.values(), "B")
    look(f"counselors registered {registered} postgraduates who had not come")
    online = campaign.some_pay_online()
    look(f"{online} paid online")
    campaign.the_rest_pay_cash()
    look("the others paid cash")
    say("— rates: " + campaign.rates_go_up())
    say("— money: " + campaign.money_adds_up())
    look("the end")
    say(f"{campaign.sums.looked} numbers looked at, all add up")
