"""What a payment provider is: it translates between a gateway's wire and these values.

A provider never sees a model and never writes anything. Amounts are `Decimal` yuan on our side;
gateways speak integer fen (`to_fen`, `from_fen`). Moments are aware datetimes.
"""

import enum
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal, Inexact, localcontext
from functools import cache
from typing import Any, ClassVar, NamedTuple

from django.conf import settings
from django.utils.module_loading import import_string

LARGEST_FEN = 99_999_999  # what a payment row can hold


class GatewayError(Exception):
    """Talking to a gateway went wrong. Its message is for the log, never for a payer."""


class GatewayUnavailable(GatewayError):
    """The outcome is UNKNOWN: time-out, 5xx, 429, or an answer that cannot be trusted or read.

    The gateway may have done what was asked. Never show or store it as failed; repeat the same
    call with the same numbers, or `query`.
    """


class GatewayRefused(GatewayError):
    """The gateway said no, signed and clearly: nothing has happened there."""

    def __init__(self, code: str, message: str = "") -> None:
        """`code` is the gateway's own word, such as NOT_ENOUGH or ACQ.TRADE_HAS_CLOSE."""
        super().__init__(f"{code}: {message}" if message else code)
        self.code = code


class AlreadyPaid(GatewayRefused):
    """The charge cannot be started or closed because it is paid: `query` it and settle."""


class SignatureInvalid(GatewayError):
    """A notice is not proven to come from the gateway. Answer 401, store nothing."""


class NoticeUnreadable(GatewayError):
    """A notice whose signature holds but which says nothing that can be understood. Answer 4xx."""


class StatementNotReady(GatewayError):
    """The gateway has not yet made the bill of that day; ask again later."""


class Device(enum.StrEnum):
    """Where the payer sits: WeChat JSAPI, H5 or Native, Alipay wap or page."""

    PHONE = "phone"
    DESKTOP = "desktop"
    WECHAT = "wechat"  # a page inside of WeChat


@dataclass(frozen=True)
class Charge:
    """What we ask a provider to collect.

    `number` is ours and unique for ever: a repeated `start` with it must be equal in all fields.
    `payer` is who pays as the channel calls them (WeChat's openid), "" when it is not known.
    """

    number: str
    amount: Decimal
    subject: str
    notify_url: str
    return_url: str
    expires_at: datetime
    payer_ip: str = ""
    payer: str = ""


@dataclass(frozen=True)
class Redirect:
    """Send the payer's browser to this address."""

    url: str


@dataclass(frozen=True)
class QrCode:
    """Draw this text as a QR code on our own page, and poll until the money is there."""

    content: str
    page: str = ""  # the same as a link, for somebody without a phone; the sandbox has one


@dataclass(frozen=True)
class Bridge:
    """Let our own page ask the app around it to pay (WeChat's JSAPI); this is what it is asked."""

    package: dict[str, str]


Way = Redirect | QrCode | Bridge


class PaidState(enum.StrEnum):
    """How a charge stands at the gateway."""

    PENDING = "pending"  # waits for the payer, or is being processed
    PAID = "paid"  # the money came in; stays so when some or all of it is refunded later
    CLOSED = "closed"  # can no longer be paid, and was not
    ABSENT = "absent"  # the gateway does not know the number (not created, or never scanned)
    UNKNOWN = "unknown"  # said something we do not know; to be asked again, never applied


@dataclass(frozen=True)
class Receipt:
    """What a provider tells us about one charge, from a notice, a query, a close or a bill.

    `reference` is the gateway's own transaction number, "" before payment. `amount` is what the
    charge is about; it may differ from what we asked, and only `payments.flow` judges that.
    `event_id` names the notice, for telling repeated notices apart; "" where there is none.
    `misfit` says in Chinese why a signed receipt is not about us (another merchant, another
    currency); such a receipt is to be kept and shown to finance, never applied.
    """

    number: str
    reference: str
    amount: Decimal
    state: PaidState
    paid_at: datetime | None = None
    raw: dict[str, Any] = field(default_factory=dict)
    event_id: str = ""
    misfit: str = ""

    @property
    def paid(self) -> bool:
        """The money is there and the receipt is ours; whether the amount is right is not said."""
        return self.state is PaidState.PAID and not self.misfit


@dataclass(frozen=True)
class RefundCharge:
    """What we ask a provider to pay back of a paid charge.

    `refund_number` is ours; repeating a refund with it never pays twice. `total` is what the
    charge was paid with, `amount` how much of it goes back now.
    """

    number: str
    refund_number: str
    total: Decimal
    amount: Decimal
    reason: str
    notify_url: str = ""


class RefundState(enum.StrEnum):
    """How a refund stands at the gateway."""

    PROCESSING = "processing"  # accepted; ask again
    DONE = "done"  # the money went back
    CLOSED = "closed"  # will not happen; a person decides
    ABNORMAL = "abnormal"  # the payer's account does not take it; a person decides
    ABSENT = "absent"  # the gateway does not know the refund number
    UNKNOWN = "unknown"  # said something we do not know; to be asked again


@dataclass(frozen=True)
class RefundReceipt:
    """What a provider tells us about one refund. `reference` is the gateway's refund number."""

    number: str
    refund_number: str
    reference: str
    amount: Decimal
    state: RefundState
    refunded_at: datetime | None = None
    raw: dict[str, Any] = field(default_factory=dict)
    event_id: str = ""
    misfit: str = ""


class LineKind(enum.StrEnum):
    """Which way the money of a line went."""

    PAYMENT = "payment"
    REFUND = "refund"


@dataclass(frozen=True)
class StatementLine:
    """One line of a gateway's bill of a day (对账单). `amount` is positive in both directions."""

    kind: LineKind
    number: str
    reference: str
    amount: Decimal
    happened_at: datetime
    refund_number: str = ""
    refund_reference: str = ""
    fee: Decimal = Decimal(0)
    raw: dict[str, Any] = field(default_factory=dict)


class Acknowledgement(NamedTuple):
    """What to answer a notice with, byte for byte, once it is committed."""

    status: int
    body: bytes
    content_type: str


class Provider:
    """One payment channel.

    Every method that calls out has time-outs, and may raise `GatewayUnavailable` (outcome
    unknown) or `GatewayRefused` (nothing happened).
    """

    label: ClassVar[str] = ""
    online: ClassVar[bool] = True  # whether a student may choose it
    opens_in_wechat: ClassVar[bool] = True  # whether its pages open inside of WeChat

    def start(self, charge: Charge, device: Device) -> Way:
        """Create the charge at the gateway. Safe to repeat with an equal charge."""
        raise NotImplementedError

    def who_pays(self, device: Device, back: str, state: str) -> str:  # noqa: ARG002 - most need not know
        """Where to send the payer first, to learn who pays; "" when that need not be known.

        They come back to `back` with `state` as we gave it and a `code` for `payer_of`.
        """
        return ""

    def payer_of(self, code: str) -> str:
        """Who pays, by the code that came back."""
        raise NotImplementedError

    def read_callback(self, body: bytes, headers: Mapping[str, str]) -> Receipt | RefundReceipt:
        """Verify a notice on its raw bytes and read it; never calls out.

        `headers` is looked up without regard to case. Raises `SignatureInvalid` or
        `NoticeUnreadable`.
        """
        raise NotImplementedError

    def acknowledge(self) -> Acknowledgement:
        """What this gateway wants to hear so that it stops repeating a notice."""
        raise NotImplementedError

    def query(self, number: str) -> Receipt:
        """How the charge stands now."""
        raise NotImplementedError

    def close(self, number: str) -> Receipt:
        """See to it that the charge can no longer be paid, and say how it stands.

        CLOSED or ABSENT, or PAID when the payer was faster: then nothing was closed.
        """
        raise NotImplementedError

    def refund(self, refund: RefundCharge) -> RefundReceipt:
        """Pay back. Safe to repeat with an equal refund."""
        raise NotImplementedError

    def query_refund(self, refund: RefundCharge) -> RefundReceipt:
        """How the refund stands now."""
        raise NotImplementedError

    def statement(self, day: date) -> Iterable[StatementLine]:
        """All lines of the gateway's bill of a Shanghai day; may raise `StatementNotReady`."""
        raise NotImplementedError

    def read_statement(self, content: bytes) -> Iterable[StatementLine]:
        """The lines of a bill that a person downloaded; raises `wire.Unreadable`."""
        raise NotImplementedError


@cache
def provider(name: str) -> Provider:
    """The channel of that name; raises KeyError for one that is not switched on."""
    made = import_string(settings.PAYMENT_PROVIDERS[name])()
    if not isinstance(made, Provider):
        message = f"{settings.PAYMENT_PROVIDERS[name]} is not a Provider"
        raise TypeError(message)
    return made


def provider_names() -> list[str]:
    """The channels that are switched on, in the order of the settings."""
    return list(settings.PAYMENT_PROVIDERS)


def online_names() -> list[str]:
    """The channels a student may choose from."""
    return [name for name in provider_names() if provider(name).online]


def label(name: str) -> str:
    """The Chinese word for a channel; the name itself for one that was switched off since."""
    return provider(name).label if name in settings.PAYMENT_PROVIDERS else name


def to_fen(yuan: Decimal) -> int:
    """Whole fen of an amount; ValueError for fractions of a fen, negatives, NaN and infinity."""
    if not yuan.is_finite() or yuan < 0:
        message = f"not an amount: {yuan}"
        raise ValueError(message)
    with localcontext() as exact:
        exact.traps[Inexact] = True
        try:
            return int(yuan.scaleb(2).to_integral_exact())
        except Inexact:
            message = f"{yuan} has fractions of a fen"
            raise ValueError(message) from None


def from_fen(fen: object) -> Decimal:
    """Yuan with two decimals; ValueError for all but a non-negative whole number (JSON: no 1.0)."""
    if type(fen) is not int or not 0 <= fen <= LARGEST_FEN:
        message = f"not a number of fen: {fen!r}"
        raise ValueError(message)
    return Decimal(fen).scaleb(-2)
