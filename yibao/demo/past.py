"""Date back what was done today: a year of work does not happen within a minute."""

import pgtrigger
from django.db import connection

APPEND_ONLY = (
    "common.AuditEntry:append_only",
    "enrolment.ReviewRecord:decided_once",
    "enrolment.Evidence:append_only",
    "enrolment.Statement:append_only",
    "plans.PlanVersion:append_only",
)
# Of each enrolment, when its last act happened: 2 to 23 days ago, between 9 and 17. Receipts of cash are
# numbered in the order in which they were given, so each cashier's days go to the receipts in their order.
SHIFTS = """
    CREATE TEMPORARY TABLE demo_shift AS
    WITH drawn AS (
        SELECT id, now() - (date_trunc('day', now() - {ago}, 'Asia/Shanghai')
            - make_interval(days => 2 + (student_id * 7919 %% 22)::int)
            + make_interval(hours => 9, mins => (student_id * 104729 %% 480)::int)) AS shift
        FROM enrolment_enrolment WHERE plan_id = %s
    ), taken AS (
        SELECT d.id, p.cashier_id, d.shift,
            row_number() OVER (PARTITION BY p.cashier_id ORDER BY p.receipt_no) AS receipt,
            row_number() OVER (PARTITION BY p.cashier_id ORDER BY d.shift DESC, p.receipt_no) AS day
        FROM drawn d JOIN payments_order o ON o.enrolment_id = d.id
        JOIN payments_payment p ON p.order_id = o.id AND p.receipt_no IS NOT NULL
    )
    SELECT drawn.id, coalesce(due.shift, drawn.shift) AS shift
    FROM drawn LEFT JOIN taken ON taken.id = drawn.id
    LEFT JOIN taken due ON due.cashier_id = taken.cashier_id AND due.day = taken.receipt
"""
EVENTS = (
    "UPDATE enrolment_enrolment e SET submitted_at = submitted_at - shift - interval '74 hours',"
    " changed_at = changed_at - shift FROM demo_shift d WHERE e.id = d.id",
    "UPDATE enrolment_reviewrecord r SET at = r.at - shift - interval '1 hour'"
    " - (3 - s.position) * interval '1 day'"
    " FROM demo_shift d, plans_reviewstep s WHERE r.enrolment_id = d.id AND s.id = r.step_id",
    "UPDATE enrolment_evidence v SET at = v.at - shift - interval '74 hours'"
    " FROM demo_shift d WHERE v.enrolment_id = d.id",
    "UPDATE enrolment_statement s SET at = s.at - shift - interval '74 hours',"
    " number = to_char(s.at - shift - interval '74 hours', 'YYYYMMDD') || substr(s.number, 9)"
    " FROM demo_shift d WHERE s.enrolment_id = d.id",
    "UPDATE payments_order o SET created_at = o.created_at - shift - interval '1 hour',"
    " paid_at = o.paid_at - shift,"
    " number = to_char(o.created_at - shift, 'YYYYMMDD') || substr(o.number, 9)"
    " FROM demo_shift d WHERE o.enrolment_id = d.id",
    "UPDATE payments_payment p SET started_at = p.started_at - shift - interval '2 minutes',"
    " paid_at = p.paid_at - shift, expires_at = p.expires_at - shift"
    " FROM payments_order o, demo_shift d WHERE p.order_id = o.id AND o.enrolment_id = d.id",
    "UPDATE payments_handover h SET created_at = last + interval '30 minutes',"
    " confirmed_at = CASE WHEN confirmed_by_id IS NULL THEN NULL ELSE last + interval '22 hours' END,"
    " number = to_char(last, 'YYYYMMDD') || substr(h.number, 9)"
    " FROM (SELECT p.hand_over_id AS id, max(p.paid_at) AS last FROM payments_payment p"
    "  JOIN payments_order o ON o.id = p.order_id JOIN demo_shift d ON d.id = o.enrolment_id"
    "  GROUP BY p.hand_over_id) taken WHERE h.id = taken.id",
    "UPDATE common_auditentry a SET at = a.at - shift"
    " FROM demo_shift d WHERE a.subject_type = 'enrolment' AND a.subject_id = d.id",
    "UPDATE notify_message m SET created_at = m.created_at - shift - interval '40 minutes'"
    " FROM demo_shift d WHERE m.subject_type = 'enrolment' AND m.subject_id = d.id",
    "UPDATE notify_message m SET created_at = m.created_at - shift"
    " FROM payments_order o, demo_shift d"
    " WHERE m.subject_type = 'order' AND m.subject_id = o.id AND o.enrolment_id = d.id",
)
# What was told more than a week ago has been read.
READ = (
    "UPDATE notify_message SET read_at = created_at + interval '2 hours'"
    " WHERE read_at IS NULL AND created_at < now() - interval '7 days'"
)
WINDOWS = (
    "UPDATE plans_insuranceplan SET apply_from = apply_from - {days}, apply_until = apply_until - {days},"
    " pay_from = pay_from - {days}, pay_until = pay_until - {days}, opened_at = opened_at - {days}"
    " WHERE id = %s",
)
VERSIONS = (
    "UPDATE plans_planversion v SET at = p.opened_at FROM plans_insuranceplan p"
    " WHERE p.id = v.plan_id AND v.plan_id = %s"
)
YEAR = "interval '364 days'"


def date_back(plan_id: int, *, a_year: bool = False) -> None:
    """Spread what happened in a plan over the weeks before today, or the same weeks a year ago."""
    with (
        pgtrigger.ignore(*APPEND_ONLY),
        connection.cursor() as cursor,
    ):
        cursor.execute(SHIFTS.format(ago=YEAR if a_year else "interval '0 days'"), [plan_id])
        for statement in EVENTS:
            cursor.execute(statement)
        cursor.execute("DROP TABLE demo_shift")
        cursor.execute(READ)
        for statement in WINDOWS if a_year else ():
            cursor.execute(statement.format(days=YEAR), [plan_id])
        if not a_year:
            cursor.execute(
                "UPDATE plans_insuranceplan SET opened_at = apply_from WHERE id = %s", [plan_id]
            )
        cursor.execute(VERSIONS, [plan_id])
