"""P9: a clock that is wrong is seen within a minute by whoever can mend it; the query settles meanwhile."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import httpx
import pytest
from django.utils.timezone import now

from yibao.payments import clocks
from yibao.payments.models import GatewayClock
from yibao.payments.providers import calling
from yibao.payments.providers.calling import Caller, clock_offset
from yibao.web.staff.desk_system import clock_of


@pytest.fixture(autouse=True)
def unheard(monkeypatch):
    monkeypatch.setattr(calling, "_clocks", {})


def hear(date, host="gateway.test"):
    """A gateway answers, and says what time it is."""
    answer = httpx.MockTransport(
        lambda _: httpx.Response(200, headers={"Date": date}, stream=httpx.ByteStream(b"{}"))
    )
    Caller(f"http://{host}", transport=answer).ask("GET", "/", headers={})


def ahead(**by):
    return format_datetime(datetime.now(UTC) + timedelta(**by), usegmt=True)


def near(seconds, wanted):
    """Within the second that the header has no room for, and the time that the test takes."""
    return seconds is not None and abs(seconds - wanted) <= 5


def test_an_answer_says_what_time_it_is():
    assert clock_offset() is None
    hear(ahead(minutes=10))
    assert near(clock_offset(), 600)
    hear(ahead(minutes=-10))
    assert near(clock_offset(), -600)


def test_of_several_gateways_one_that_agrees_with_us_is_enough():
    hear(ahead(minutes=10))
    hear(ahead(seconds=0), host="other.test")
    assert near(clock_offset(), 0)


@pytest.mark.parametrize("date", ["", "yesterday", "Sun, 22 Nov 2026 08:00:00 -0000", "99"])
def test_what_is_no_time_is_not_heard(date):
    hear(date)
    assert clock_offset() is None


def test_what_was_heard_long_ago_does_not_count(monkeypatch):
    hear(ahead(minutes=10))
    later = calling.time.monotonic() + calling.HEARD + 1
    monkeypatch.setattr(calling.time, "monotonic", lambda: later)
    assert clock_offset() is None


def test_the_last_word_is_kept_in_one_row_and_only_a_wrong_clock_is_told(db, caplog):
    clocks.note()
    assert (GatewayClock.objects.count(), clocks.how_wrong()) == (0, 0)
    hear(ahead(minutes=10))
    clocks.note()
    assert near(clocks.how_wrong(), 600)
    assert caplog.messages == ["our clock is wrong: true notices are refused"]
    hear(ahead(seconds=30))
    clocks.note()
    assert (GatewayClock.objects.count(), clocks.how_wrong()) == (1, 0)
    GatewayClock.objects.update(seconds=600, at=now() - clocks.FRESH - timedelta(seconds=1))
    assert clocks.how_wrong() == 0


@pytest.mark.parametrize(("seconds", "way"), [(600, "慢约 600 秒"), (-600, "快约 600 秒")])
def test_the_administrator_reads_which_way_it_is_wrong(seconds, way):
    assert way in clock_of(seconds)


def test_a_right_clock_is_no_news():
    assert clock_of(0) == ""
