"""What staff do with enrolments from a list or from the dialog of one."""

from django import forms

from yibao.enrolment import flow, objecting, rules
from yibao.enrolment.states import Place
from yibao.grid.actions import Action, opinion
from yibao.payments import flow as payments
from yibao.reports.undoing import undo_review

FAULTS = (
    "证件号码有误，请核对后重新提交",
    "证件类型与证件号码不符，请更正",
    "个人信息不完整，请补充",
    "不参保原因与实际不符，请重新选择",
    "证明材料看不清，请重新拍照上传",
    "请联系辅导员说明情况",
)
PLACES = forms.MultipleChoiceField(
    label="需要修改的地方",
    choices=Place,
    required=False,
    widget=forms.CheckboxSelectMultiple,
    help_text="学生修改时，这一步会标出来",
)

APPROVE = Action(
    name="approve",
    label="审核通过",
    icon="check",
    tone="green",
    run=lambda rows, *, by, data: flow.approve(rows, by=by, comment=data["comment"]),
    why_not=rules.why_not_approve,
    ready=lambda rows: rows.with_story(),
    undo=undo_review,
    fields={"comment": opinion("审核意见", phrases=("同意", "情况属实，同意", "材料齐全"))},
)
SEND_BACK = Action(
    name="send_back",
    label="退回",
    icon="arrow-back-up",
    tone="orange",
    run=lambda rows, *, by, data: flow.send_back(
        rows, by=by, comment=data["comment"], places=data["places"]
    ),
    why_not=rules.why_not_review,
    ready=lambda rows: rows.with_story(),
    undo=undo_review,
    fields={"comment": opinion("退回原因", required=True, phrases=FAULTS), "places": PLACES},
    confirm="将退回 {count} 人，学生会看到原因，修改后可以重新提交。",
)
REFUSE = Action(
    name="refuse",
    label="审核不通过",
    icon="ban",
    run=lambda rows, *, by, data: flow.refuse(rows, by=by, comment=data["comment"]),
    why_not=rules.why_not_review,
    ready=lambda rows: rows.with_story(),
    undo=undo_review,
    fields={
        "comment": opinion(
            "不通过的原因",
            required=True,
            phrases=("不属于本计划的参保对象", "已在校外参保，请登记为不参保"),
        )
    },
    confirm="这次申请到此为止，{count} 人将计入未登记，学生可以另行提交。",
)
TAKE_BACK = Action(
    name="take_back",
    label="退回",
    icon="arrow-back-up",
    tone="orange",
    run=lambda rows, *, by, data: payments.take_back(
        rows, by=by, comment=data["comment"], places=data["places"]
    ),
    why_not=rules.why_not_take_back,
    ready=lambda rows: rows.with_story(),
    undo=undo_review,
    fields={
        "comment": opinion("退回原因", required=True, kind="send_back", phrases=FAULTS),
        "places": PLACES,
    },
    confirm="将退回 {count} 人，未支付的订单同时关闭；学生修改后要重新审核。",
)
LET_STAND = Action(
    name="let_stand",
    label="维持登记",
    icon="user-check",
    run=lambda rows, *, by, data: objecting.answer(rows, by=by, comment=data["comment"]),
    why_not=objecting.why_not_answer,
    ready=lambda rows: rows.with_story(),
    fields={
        "comment": opinion(
            "处理意见",
            required=True,
            phrases=("已与学生核实，维持登记", "已超过申请时间，不能更改"),
        )
    },
    confirm="{count} 人对代登记有异议；维持后学生会看到处理意见。要更改请用“退回”。",
)
