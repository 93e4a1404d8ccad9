"""How far our clock is from the gateways'."""

from django.db import models


class GatewayClock(models.Model):
    """The one row: what the last answers of gateways said of the time, written by clocks.py only."""

    at = models.DateTimeField("核对时间")
    seconds = models.IntegerField("渠道时间减本机时间（秒）")

    def __str__(self):
        return f"{self.seconds:+d} s"
