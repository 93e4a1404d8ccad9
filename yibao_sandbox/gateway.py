"""The gateway as one object: what every page and every answer needs."""

from dataclasses import dataclass
from pathlib import Path

from yibao_sandbox import keys
from yibao_sandbox.faults import Faults
from yibao_sandbox.ledger import Ledger
from yibao_sandbox.notices import Courier


@dataclass(frozen=True)
class Gateway:
    """Keys, orders, switches and the courier; `pace` shortens every pause (1 = as in real life)."""

    keys: keys.Keys
    ledger: Ledger
    faults: Faults
    courier: Courier
    merchant: str
    merchant_name: str
    public_url: str
    pace: float


def build(
    folder: Path, *, merchant: str, merchant_name: str, public_url: str, pace: float
) -> Gateway:
    """A gateway on that folder, with what an earlier run left there."""
    pairs = keys.prepare(folder / "keys")
    ledger = Ledger(folder / "gateway.sqlite3")
    faults = Faults(ledger)
    courier = Courier(ledger, faults, pairs, pace)
    return Gateway(pairs, ledger, faults, courier, merchant, merchant_name, public_url, pace)
