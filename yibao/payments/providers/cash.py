"""现金缴费: staff take the money, so there is no gateway to talk to."""

from typing import ClassVar

from yibao.payments.providers.base import Provider


class Cash(Provider):
    """A channel like any other, so that cash is settled by the same verb as online money."""

    label: ClassVar[str] = "现金"
    online: ClassVar[bool] = False
