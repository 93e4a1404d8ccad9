"""Where staff pages ask for an opinion or a reason, and what the school offers there: 原因与常用语.

A kind stands here once. Its phrases lie in the office's table, which begins with those given here.
"""

from django.forms import Textarea

from yibao.grid.actions import Opinion
from yibao.people.phrases import PhraseKind, offered

FAULTS = (
    "证件号码有误，请核对后重新提交",
    "证件类型与证件号码不符，请更正",
    "个人信息不完整，请补充",
    "不参保原因与实际不符，请重新选择",
    "证明材料看不清，请重新拍照上传",
    "请联系辅导员说明情况",
)
NOT_NEEDED = (
    "入伍保留学籍",
    "休学",
    "已办理退学手续",
    "已在校外参保并提供证明",
    "联合培养，在外校参保",
)
RETURNED_RATES = (
    "人数与花名册不一致，请核对",
    "请核对未参保学生的原因",
    "请补充不参保学生的证明材料",
)
CORRECTIONS = (
    "照片看不清，请重新拍照",
    "照片与填写的内容不一致",
    "请上传本人证件",
    "请先到学院办理异动手续",
)
MASTER = ("已核对身份证原件", "已核对户口簿", "学籍异动通知", "转专业通知", "录入时写错")
TRANSITIONS = ("教务处学籍异动文件", "转专业公示名单", "学生申请，学院已批准", "入伍通知书")
CANCELLED = ("登记有误", "学生撤回了申请")
KEPT = ("已过集中缴费期，本年度不再调整", "金额较小，经研究不再补收")
EXPLAINED = ("已与渠道核实，次日到账", "不是医保款项，已转相关部门")

KINDS = {
    kind.key: kind
    for kind in (
        PhraseKind("approve", "审核：通过", ("同意", "情况属实，同意", "材料齐全")),
        PhraseKind("send_back", "审核：退回", FAULTS),
        PhraseKind(
            "refuse", "审核：不通过", ("不属于本计划的参保对象", "已在校外参保，请登记为不参保")
        ),
        PhraseKind(
            "let_stand", "异议：维持登记", ("已与学生核实，维持登记", "已超过申请时间，不能更改")
        ),
        PhraseKind("not_needed", "参保管理：不需要参保", NOT_NEEDED, 100),
        PhraseKind("remind", "提醒：附言", ("请在本周内办完", "有困难请联系辅导员"), 100),
        PhraseKind("rate_accept", "参保率：通过", ("同意", "数据属实，同意")),
        PhraseKind("rate_return", "参保率：退回", RETURNED_RATES),
        PhraseKind("rate_withdraw", "参保率：撤回上报", ("学生信息有变动，重新核对",)),
        PhraseKind("rate_correct", "参保名单：修改依据", ("核对学生提供的参保凭证", "辅导员核实")),
        PhraseKind("master", "学生信息：修改依据", MASTER),
        PhraseKind("transition", "学籍异动：依据", TRANSITIONS),
        PhraseKind("transition_cancel", "学籍异动：取消", CANCELLED, 100),
        PhraseKind("correction_accept", "更正申请：通过"),
        PhraseKind("correction_refuse", "更正申请：退回", CORRECTIONS),
        PhraseKind(
            "recognition_withdraw", "困难认定：撤销", ("核查后不符合条件", "本人申请退出"), 100
        ),
        PhraseKind("hand_over", "现金交接：说明", ("少收，由交款人补交",)),
        PhraseKind("refund_open", "退费：登记", ("学生退学，退出参保", "核对后退回多收部分")),
        PhraseKind("refund_prepare", "退费：经办", ("核对无误，按原路退回",)),
        PhraseKind("difference_refund", "差额：退还", ("按最新认定退还差额", "按最新标准退还差额")),
        PhraseKind(
            "difference_charge", "差额：补收", ("认定已撤销，补收差额", "按最新标准补收差额")
        ),
        PhraseKind("difference_reorder", "差额：重开订单"),
        PhraseKind("difference_keep", "差额：维持原额", KEPT),
        PhraseKind("bill_reopen", "对账：重新打开"),
        PhraseKind("bill_return", "对账：登记退费", ("重复支付，原路退回",)),
        PhraseKind("bill_note", "对账：说明原因", EXPLAINED),
    )
}


class OfficeOpinion(Opinion):
    """Free words beside which the school's phrases stand, and then one's own."""

    def offered(self) -> tuple[str, ...]:
        """From the office's table."""
        return offered(KINDS[self.kind])


def opinion(kind: str, label: str, *, required: bool = False, help_text: str = "") -> OfficeOpinion:
    """A field for an opinion or a reason of a kind."""
    return OfficeOpinion(
        kind=kind,
        label=label,
        required=required,
        max_length=KINDS[kind].longest,
        help_text=help_text,
        widget=Textarea(attrs={"rows": 3}),
    )
