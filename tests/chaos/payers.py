"""Twenty people pay at once over HTTP, as families do by a link; each notice is timed.

They take the pauses that people take: reading, choosing, typing a password. The gateway's own notices
are switched off and sent here instead, at the moment of payment, so that the answer can be timed; the
second copy comes at once after the first.
"""

import random
import re
import ssl
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import httpx

from tests.chaos.tempest import Findings, audit, notice_of, p99, said_inside, signed_by
from yibao_sandbox.ledger import Ledger, Order

PAYERS = 20
AUTHORITIES = ssl.create_default_context()
"""Read once: httpx takes 50 ms for them, which would count as ours."""
PAUSE = (0.5, 2.0)
TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')
CASHIER = re.compile(r'href="(http[^"]+/cashier/([^"/]+))"')


@dataclass(frozen=True)
class Paying:
    """Where they pay."""

    folder: Path
    ours: str
    gateway: str
    ledger: Ledger


def payers(folder: Path, port: int, gateway_port: int, payments: int, seed: int) -> Findings:
    """So many payments by twenty people, and the audit of them."""
    found = Findings(seed)
    tokens = said_inside(folder, f"from tests.chaos.university import links; links({payments})")
    gateway = f"http://127.0.0.1:{gateway_port}"
    ledger = Ledger(folder / "sandbox" / "gateway.sqlite3")
    place = Paying(folder, f"http://127.0.0.1:{port}", gateway, ledger)
    lost = {"name": "lost", "number": "*", "on": "1"}
    httpx.post(f"{gateway}/control/faults", data=lost, trust_env=False)
    begun = time.monotonic()
    with ThreadPoolExecutor(PAYERS) as pool:
        mine = [tokens[n::PAYERS] for n in range(PAYERS)]
        runs = [
            pool.submit(_one_after_the_other, place, tokens, seed + n)
            for n, tokens in enumerate(mine)
        ]
        told = [each for run in runs for each in run.result()]
    ledger.close_file()
    found.seconds = time.monotonic() - begun
    times = [seconds for _, answers in told for seconds, _ in answers]
    for _, answers in told:
        found.answers.update(str(status) for _, status in answers)
    found.deliveries, found.slow = len(times), p99(times)
    audit(folder, {order.number: order for order, _ in told}, found)
    return found


def _one_after_the_other(
    place: Paying, tokens: list[str], seed: int
) -> list[tuple[Order, list[tuple[float, int]]]]:
    dice = random.Random(seed)
    done = []
    for token in tokens:
        time.sleep(dice.uniform(*PAUSE))
        with _line(follow_redirects=True) as person:
            order = _pay(place, person, token, dice)
            done.append((order, [_tell(place, order) for _ in range(2)]))
            page = person.get(f"{place.ours}/p/{token}/")
            assert "已缴费" in page.text, page.text
    return done


def _pay(place: Paying, person: httpx.Client, token: str, dice: random.Random) -> Order:
    """Open the link, choose the channel, go to the cashier, pay there."""
    address = f"{place.ours}/p/{token}/"
    page = person.get(address)
    time.sleep(dice.uniform(*PAUSE))
    form = {"csrfmiddlewaretoken": TOKEN.search(page.text)[1], "channel": "sandbox"}
    onward = person.post(f"{address}start/", data=form, headers={"Referer": address})
    cashier, key = CASHIER.search(onward.text).groups()
    action = re.search(r'<form method="post" action="([^"]+)"', person.get(cashier).text)[1]
    time.sleep(dice.uniform(*PAUSE))
    account = {"phone": "13805910001", "password": "123456"}
    person.post(f"{place.gateway}{action}", data=account)
    return place.ledger.order_of(key)


def _tell(place: Paying, order: Order) -> tuple[float, int]:
    """The notice of a payment: how long its answer took, and what it was."""
    body = notice_of(order)
    headers = signed_by(place.folder, body)
    with _line() as line:
        asked = time.monotonic()
        answer = line.post(f"{place.ours}/pay/notify/sandbox/", content=body, headers=headers)
        return time.monotonic() - asked, answer.status_code


def _line(**more: bool) -> httpx.Client:
    return httpx.Client(timeout=30, trust_env=False, verify=AUTHORITIES, **more)
