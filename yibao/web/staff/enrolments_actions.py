"""What staff do with enrolments from a list or from the dialog of one."""

from django import forms

from yibao.enrolment import flow, objecting, rules
from yibao.enrolment.states import Place
from yibao.grid.actions import Action
from yibao.payments import flow as payments
from yibao.reports.undoing import undo_review
from yibao.web.staff.opinions import opinion

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
    run=flow.approve,
    why_not=rules.why_not_approve,
    ready=lambda rows: rows.with_story(),
    undo=undo_review,
    fields={"comment": opinion("approve", "审核意见")},
)
SEND_BACK = Action(
    name="send_back",
    label="退回",
    icon="arrow-back-up",
    tone="orange",
    run=flow.send_back,
    why_not=rules.why_not_review,
    ready=lambda rows: rows.with_story(),
    undo=undo_review,
    fields={"comment": opinion("send_back", "退回原因", required=True), "places": PLACES},
    confirm="将退回 {count} 人，学生会看到原因，修改后可以重新提交。",
)
REFUSE = Action(
    name="refuse",
    label="审核不通过",
    icon="ban",
    run=flow.refuse,
    why_not=rules.why_not_review,
    ready=lambda rows: rows.with_story(),
    undo=undo_review,
    fields={"comment": opinion("refuse", "不通过的原因", required=True)},
    confirm="这次申请到此为止，{count} 人将计入未登记，学生可以另行提交。",
)
TAKE_BACK = Action(
    name="take_back",
    label="退回",
    icon="arrow-back-up",
    tone="orange",
    run=payments.take_back,
    why_not=rules.why_not_take_back,
    ready=lambda rows: rows.with_story(),
    undo=undo_review,
    fields={
        "comment": opinion("send_back", "退回原因", required=True),
        "places": PLACES,
    },
    confirm="将退回 {count} 人，未支付的订单同时关闭；学生修改后要重新审核。",
)
LET_STAND = Action(
    name="let_stand",
    label="维持登记",
    icon="user-check",
    run=objecting.answer,
    why_not=objecting.why_not_answer,
    ready=lambda rows: rows.with_story(),
    fields={"comment": opinion("let_stand", "处理意见", required=True)},
    confirm="{count} 人对代登记有异议；维持后学生会看到处理意见。要更改请用“退回”。",
)
