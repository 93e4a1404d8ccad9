"""运行情况: what did not go through by itself, for the administrator."""

from yibao.grid.columns import Choice, Moment, Number, Text
from yibao.grid.grid import Grid
from yibao.notify.channels import LABELS
from yibao.notify.kinds import kinds
from yibao.notify.models import DeliveryState
from yibao.people import system


class FailedJobGrid(Grid):
    """后台任务 that were given up."""

    key = "failed_jobs"
    title = "失败的后台任务"
    columns = (
        Number(name="number", label="编号", path="id", frozen=True),
        Text(name="task", label="任务", path="task_name", search=True, width="l"),
        Text(name="queue", label="队列", path="queue_name"),
        Number(name="attempts", label="次数"),
        Moment(name="scheduled_at", label="计划时间"),
    )
    default_order = "-number"
    row_label = ("task_name",)
    search_hint = "任务"
    empty_text = "没有失败的后台任务"

    def rows(self):
        """For administrators."""
        return system.failed_jobs_seen_by(self.viewer)


class FailedDeliveryGrid(Grid):
    """外发 that did not arrive; whose it was is not said."""

    key = "failed_deliveries"
    title = "未送达的外发消息"
    columns = (
        Moment(name="moved_at", label="时间", frozen=True),
        Choice(name="channel", label="渠道", choices=LABELS.items()),
        Choice(
            name="kind",
            label="消息类型",
            path="message__kind",
            choices=lambda _grid: [(key, kind.label) for key, kind in kinds().items()],
        ),
        Choice(
            name="state",
            label="状态",
            choices=DeliveryState,
            tones={DeliveryState.FAILED: "red", DeliveryState.UNKNOWN: "orange"},
        ),
        Number(name="tries", label="次数"),
        Text(name="said", label="说明", search=True, width="l"),
    )
    default_order = "-moved_at"
    quick_filters = ("channel", "state")
    row_label = ("channel",)
    search_hint = "说明"
    empty_text = "最近 7 天的外发消息都已送出"

    def rows(self):
        """For administrators."""
        return system.failed_deliveries_seen_by(self.viewer)


class LockGrid(Grid):
    """登录锁定: too many wrong passwords, from which address; it ends by itself."""

    key = "sign_in_locks"
    title = "登录锁定"
    columns = (
        Moment(name="attempt_time", label="最近一次", frozen=True),
        Text(name="address", label="来源地址", search=True),
        Number(name="failures", label="错误次数", path="failures_since_start"),
    )
    default_order = "-attempt_time"
    row_label = ("ip_address",)
    search_hint = "来源地址"
    empty_text = "现在没有被锁定的登录；锁定 15 分钟后自动解除，重置密码可立即解除"

    def rows(self):
        """For administrators."""
        return system.locks_seen_by(self.viewer)
