"""What codes are called on staff pages: payment channels, and the acts of the trail."""

from yibao.common.models import AuditEntry
from yibao.payments.providers.base import label, provider_names

ACTS = {
    "submit": "提交申请",
    "withdraw": "撤回申请",
    "approve": "审核通过",
    "sent_back": "退回",
    "refused": "审核不通过",
    "take_back": "退回（审核后）",
    "undo": "撤销审核",
    "mark_required": "设置是否需要参保",
    "mark_paid": "缴费完成",
    "disclose": "查看完整号码",
    "open_order": "生成订单",
    "close_order": "关闭订单",
    "start_payment": "发起支付",
    "start_payment_failed": "发起支付未成功",
    "money_in": "到账",
    "receipt_misfit": "渠道回执不符",
    "reference_taken": "渠道流水号重复",
    "refund": "办理退费",
    "open_refund": "登记退费",
    "unmark_paid": "撤销缴费完成",
    "bill": "对账",
    "clear_bill_line": "处理对账差异",
    "correct_amount": "更正金额",
    "make_link": "生成代付链接",
    "revoke_link": "停用代付链接",
    "void_cash": "作废现金收据",
    "hand_over": "现金交接",
    "call_in": "提醒交款",
    "open_difference": "发现差额",
    "difference": "处理差额",
    "requote": "重新计算应缴金额",
    "withdraw_recognition": "撤销困难认定",
    "restore_recognition": "恢复困难认定",
    "add_hardship_proof": "添加认定材料",
    "withdraw_hardship_proof": "撤下认定材料",
    "refund_refused": "渠道拒绝退费",
    "receipt_unknown": "收到未知单号的回执",
    "enlist": "更新参保对象",
    "create_plan": "新建医保计划",
    "change_plan": "修改医保计划",
    "amend_plan": "修改进行中的计划",
    "plan": "变更计划状态",
    "hand_in_rate": "提交参保率",
    "rate": "审核参保率",
    "correct_rate": "修改参保名单",
    "correct_reason": "修改不参保原因",
    "import_roster": "导入学生名册",
    "import_hardship": "导入贫困生名单",
    "export": "导出列表",
    "print": "打印列表",
    "export_report": "导出报表",
    "change_contact": "修改联系方式",
    "change_email": "修改电子邮箱",
    "remind": "发送提醒",
    "change_master": "修改学生信息",
    "roster_change": "名册导入修改",
    "enter_transition": "登记学籍异动",
    "take_effect": "学籍异动生效",
    "cancel_transition": "取消学籍异动",
    "view_proof": "查看证明照片",
    "view_paper": "查看证明材料",
    "sign_statement": "签署承诺书",
    "supply": "补交材料",
    "supply_for": "代传证明材料",
    "object": "对代登记提出异议",
    "answer_objection": "维持登记",
    "doubt": "标记证明存疑",
    "trust": "取消证明存疑",
    "export_full": "导出完整号码",
    "ask_correction": "申请更正",
    "withdraw_correction": "撤回更正申请",
    "accept_correction": "通过更正申请",
    "refuse_correction": "退回更正申请",
    "publish_announcement": "发布公告",
    "change_announcement": "修改公告",
    "withdraw_announcement": "撤下公告",
    "add_phrase": "添加常用语",
    "change_phrase": "修改常用语",
    "retire_phrase": "停用常用语",
    "restore_phrase": "恢复常用语",
    "order_phrases": "调整常用语顺序",
    "add_person": "添加人员",
    "give_post": "添加岗位",
    "end_post": "撤销岗位",
    "deputize": "安排代理",
    "end_deputy": "结束代理",
    "hand_over_classes": "移交班级",
    "set_phone": "修改办公电话",
    "appoint_helper": "设为班长",
    "dismiss_helper": "取消班长",
    "switch_off": "停用账号",
    "switch_on": "启用账号",
    "give_initial_password": "设置初始密码",
    "change_password": "修改密码",
    "choose_language": "选择语言",
    "sign_in": "登录",
    "sign_in_refused": "登录失败",
    "sign_out": "退出登录",
}
REFUSED = "_refused"


def act_of(entry: AuditEntry) -> str:
    """What was done, or what somebody tried to do."""
    if entry.action not in ACTS and entry.action.endswith(REFUSED):
        return f"未能{ACTS.get(entry.action.removesuffix(REFUSED), '完成操作')}"
    return ACTS.get(entry.action, entry.action)


def detail_of(entry: AuditEntry) -> str:
    """What else the trail says of it, as far as a person wants to read it."""
    data = entry.data
    match entry.action:
        case (
            "change_phrase"
            | "change_master"
            | "ask_correction"
            | "accept_correction"
            | "roster_change"
        ):
            said = [f"{c['field']}：{c['was'] or '（空）'} → {c['now']}" for c in data["changes"]]
            return "；".join([*said, *filter(None, [data.get("why")])])
        case "enter_transition" | "take_effect" | "cancel_transition":
            what = f"{data.get('name', '')}，{data.get('from', '')} 起"
            return "，".join(filter(None, [what, data.get("why")]))
        case "refuse_correction" | "withdraw_correction":
            return "：".join(filter(None, [data.get("topic"), data.get("why")]))
        case "mark_required":
            marked = "需要参保" if data.get("now") else "不需要参保"
            return f"{marked}：{data['note']}" if data.get("note") else marked
        case "doubt" | "trust":
            return str(data.get("kind", ""))
        case "sign_statement":
            return f"{data.get('number', '')} {data.get('manner', '')}"
        case "disclose" | "view_proof" | "view_paper" | "export_full":
            return str(data.get("field", ""))
        case "money_in":
            return f"{label(data.get('channel', ''))} {data.get('amount', '')} 元"
    return str(data.get("why") or data.get("step") or "")


def channel_labels() -> dict[str, str]:
    """Every channel that is switched on, by name."""
    return {name: label(name) for name in provider_names()}
