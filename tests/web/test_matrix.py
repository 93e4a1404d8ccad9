"""Every address × everybody × reading and writing, against the table of `matrix.py`."""

from urllib.parse import unquote

import pytest

from tests.every_grid import EVERY, grid_of
from tests.web.answers import full_numbers
from tests.web.matrix import PEOPLE, READ, WRITTEN, Line
from tests.web.matrix_acts import ACTS, ADDRESSES, act_of, address_of
from tests.web.matrix_world import World, world
from tests.web.test_access import named_addresses
from tests.web.visitor import visitor, word_for
from yibao.web.access import OPEN_NAMES

__all__ = ["visitor", "world"]
pytestmark = pytest.mark.django_db
HX = {"HX-Request": "true"}
# Who needs no leave to come in, and a form that is proven in another way.
DOORS = {"accounts:sign_in", "accounts:still_here", "accounts:sign_out", "accounts:language"}
# A secret address is the key: whoever was sent the link may pay.
PAYERS = {"payer:link", "payer:start"}
SIGNED_BY_GATEWAYS = {"pay:notify"}
# Full numbers stand where somebody changes their own, where the office gets its own file back,
# and where they were asked for by a deliberate act.
OWN_NUMBERS = {"student:contact", "student:apply_step", "staff:import_roster_faults"}
DELIBERATE = {"staff:disclose", "staff:correction_number"}
NEVER = {
    "li": "zhao",
    "he": "zhao wang",
    "xu": "zhao",
    "zhang": "zhao",
    "qian": "wang liu",
}


def each(lines: list[Line]):
    return pytest.mark.parametrize("line", lines, ids=lambda line: line.key)


# The table itself ---------------------------------------------------------------------------
def test_every_address_stands_in_the_table_once():
    names = [line.key for line in READ]
    assert sorted(set(named_addresses()) - set(names)) == []
    assert sorted({line.name for line in [*READ, *WRITTEN]} - set(named_addresses())) == []
    assert len(names) == len(set(names))
    assert len(WRITTEN) == len({line.key for line in WRITTEN})


def test_every_action_of_every_list_stands_in_the_table():
    actions = {f"{name} {action.name}" for name in EVERY for action in grid_of(name).actions}
    assert sorted(actions - {line.key for line in WRITTEN}) == []


def test_nothing_is_prepared_for_lines_that_are_not_there():
    keys = {line.key for line in [*READ, *WRITTEN]}
    assert sorted({*ACTS, *ADDRESSES} - keys) == []


@each([line for line in WRITTEN if "do" not in line.answers.values()])
def test_an_act_that_nobody_can_do_is_no_act_of_the_story(line):
    """Else a line of refusals alone would only show that what is sent is wrong."""
    harmless = {*DOORS, *SIGNED_BY_GATEWAYS, *DELIBERATE, "accounts:change_password"}
    files = {
        "staff:register",
        "staff:cash_counter",
        "staff:export_report",
        "staff:import_roster",
        "staff:import_hardship",
    }
    assert line.name in harmless | files or line.name.endswith("_discard")


# Reading ------------------------------------------------------------------------------------
@each(READ)
def test_reading(world, visitor, line):
    said = {}
    for who in PEOPLE:
        address = address_of(world, line)
        answer = visitor.send(who, "GET", address)
        said[who] = word_for(answer)
        if said[who] == "in" and line.name not in DOORS | {"start"}:
            assert unquote(answer["Location"]).endswith(f"?next={address}")
        shows_nothing_in_full(world, who, line, answer)
    assert said == line.answers


@each([line for line in READ if line.answers["nobody"] == "in"])
def test_htmx_is_sent_to_the_door_as_a_whole(world, visitor, line):
    answer = visitor.send("nobody", "GET", address_of(world, line), headers=HX)
    assert answer.status_code == 200 or line.name == "start"
    assert word_for(answer) == "in"
    assert "<form" not in answer.said


@each(READ)
def test_other_methods_do_nothing(world, visitor, line):
    who = next((who for who, word in line.answers.items() if word in ("200", "405")), "nobody")
    for method in ("PUT", "PATCH", "DELETE", "OPTIONS"):
        answer = visitor.send(who, method, address_of(world, line))
        assert (method, answer.status_code, answer.changed) == (method, 405, False)
    head = visitor.send(who, "HEAD", address_of(world, line))
    assert word_for(head) in {line.answers[who], "405"}


# Writing ------------------------------------------------------------------------------------
@each(WRITTEN)
def test_writing(world, visitor, line):
    said = {}
    for who in PEOPLE:
        address, data = act_of(world, line)
        answer = visitor.send(who, "POST", address, data)
        said[who] = word_for(answer)
        shows_nothing_in_full(world, who, line, answer)
    assert said == line.answers


@each([line for line in WRITTEN if line.name not in SIGNED_BY_GATEWAYS])
def test_no_form_is_believed_without_its_token(world, visitor, line):
    for who in ("nobody", *(who for who, word in line.answers.items() if word in ("do", "200"))):
        address, data = act_of(world, line)
        answer = visitor.send(who, "POST", address, data, strict=True)
        assert (answer.status_code, answer.changed) == (403, False)


@each([line for line in READ if line.name not in {line.name for line in WRITTEN}])
def test_what_is_only_read_is_not_written(world, visitor, line):
    for who, word in line.answers.items():
        if word in ("200", "302"):
            answer = visitor.send(who, "POST", address_of(world, line), {"status": "enrolled"})
            assert not answer.changed, who


# Lists --------------------------------------------------------------------------------------
PARTS = ("part=columns", "part=query", "part=reveal", "part=plans", "part=live")


@pytest.mark.parametrize("name", EVERY)
def test_who_may_not_see_a_list_gets_no_part_of_it(world, visitor, name):
    line = next(line for line in READ if line.key == name)
    address = address_of(world, line)
    for who, word in line.answers.items():
        if word == "200":
            continue
        for part in ("part=detail&pk=1", "part=download&pk=1", "part=columns"):
            answer = visitor.send(who, "GET", f"{address}?{part}", headers=HX)
            assert word_for(answer) == word, (who, part)
        for work in ("run", "export"):
            answer = visitor.send(who, "POST", address, {"do": work, "all": "1"}, headers=HX)
            assert word_for(answer) == word, (who, work)


@pytest.mark.parametrize("name", EVERY)
def test_nothing_of_other_people_s_students_is_in_any_part_of_a_list(world, visitor, name):
    line = next(line for line in READ if line.key == name)
    for who, others in NEVER.items():
        if line.answers[who] != "200":
            continue
        strangers = [getattr(world.cast, other) for other in others.split()]
        found = row_out_of_reach(world, name, who)
        for answer in parts_about(world, visitor, line, who, *found) if found else ():
            for student in strangers:
                for secret in (student.name, student.student_no, str(student.public_id)):
                    assert secret not in answer.said, (who, answer.request["QUERY_STRING"])
            shows_nothing_in_full(world, who, line, answer)


def row_out_of_reach(world: World, name: str, who: str) -> tuple[str, int] | None:
    """A row of the list that somebody else sees and this person does not."""
    plans = [f"plan={plan.pk}" for plan in world.plans.values()]
    for query in plans if "plan" in grid_of(name).params else [""]:
        for other in ("qian", "xu", "sun", "li", "office", "finance", "admin", "auditor"):
            if beyond := keys(world, name, other, query) - keys(world, name, who, query):
                return query, min(beyond)
    return None


def keys(world: World, name: str, who: str, query: str) -> set[int]:
    """All rows of a list that somebody sees; looked up once, since no request changes them for long."""
    asked = (name, who, query)
    if asked not in world.seen:
        rows = world.grid(grid_of(name), who, query, **world.context(name)).rows()
        world.seen[asked] = set(rows.values_list("pk", flat=True))
    return world.seen[asked]


def parts_about(world, visitor, line, who, query, pk):
    """Every way to ask a list for one row by its key."""
    address = address_of(world, line)
    yield visitor.send(who, "GET", f"{address}?{query}&size=100")
    detail = visitor.send(who, "GET", f"{address}?{query}&part=detail&pk={pk}", headers=HX)
    assert detail.status_code == 404
    yield detail
    for part in PARTS:
        yield visitor.send(who, "GET", f"{address}?{query}&{part}", headers=HX)
    yield visitor.send(who, "POST", f"{address}?{query}", {"do": "export", "pk": pk})
    yield visitor.send(who, "POST", f"{address}?{query}", {"do": "export", "format": "csv"})
    for action in grid_of(line.name).actions:
        words = (
            dict.fromkeys(action.form(None).fields, "说明") if not callable(action.fields) else {}
        )
        for work in ("preview", "run"):
            data = {"do": work, "action": action.name, "pk": pk, **words}
            answer = visitor.send(who, "POST", f"{address}?{query}", data, headers=HX)
            assert not answer.changed, (who, action.name, work)
            yield answer


# What an answer must not say ----------------------------------------------------------------
def shows_nothing_in_full(world: World, who: str, line: Line, answer) -> None:
    """No full ID number and no full phone number of anybody, whoever asks."""
    if line.name in DELIBERATE and word_for(answer) == "200":
        return
    found = full_numbers(answer.said) | {n for n in world.numbers if n in answer.said}
    if line.name in OWN_NUMBERS:
        found -= world.own_numbers(who)
    assert found == set(), (who, line.key)


def test_an_open_address_needs_nobody():
    """What is read without signing in is known by name."""
    public = {line.name for line in READ if line.answers["nobody"] != "in"}
    assert public == {*OPEN_NAMES, *DOORS, *PAYERS, "pay:notify"} - {"start"}
