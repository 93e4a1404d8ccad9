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
# Of each enrolment, when it was submitted: 2 to 26 days ago, at office hours.
SHIFT = (
    "make_interval(days => 2 + (e.student_id * 7919 %% 24)::int,"
    " mins => -(e.student_id * 104729 %% 480)::int)"
)
EVENTS = (
    "UPDATE enrolment_enrolment e SET submitted_at = submitted_at - {shift} - interval '26 hours',"
    " changed_at = changed_at - {shift}"
    " WHERE e.plan_id = %s",
    "UPDATE enrolment_reviewrecord r SET at = r.at - {shift} - interval '20 hours'"
    " + s.position * interval '5 hours'"
    " FROM enrolment_enrolment e, plans_reviewstep s"
    " WHERE r.enrolment_id = e.id AND s.id = r.step_id AND e.plan_id = %s",
    "UPDATE enrolment_evidence v SET at = v.at - {shift} - interval '26 hours'"
    " FROM enrolment_enrolment e WHERE v.enrolment_id = e.id AND e.plan_id = %s",
    "UPDATE enrolment_statement s SET at = s.at - {shift} - interval '26 hours',"
    " number = to_char(s.at - {shift} - interval '26 hours', 'YYYYMMDD') || substr(s.number, 9)"
    " FROM enrolment_enrolment e WHERE s.enrolment_id = e.id AND e.plan_id = %s",
    "UPDATE payments_order o SET created_at = o.created_at - {shift} - interval '1 hour',"
    " paid_at = o.paid_at - {shift},"
    " number = to_char(o.created_at - {shift}, 'YYYYMMDD') || substr(o.number, 9)"
    " FROM enrolment_enrolment e WHERE o.enrolment_id = e.id AND e.plan_id = %s",
    "UPDATE payments_payment p SET started_at = p.started_at - {shift} - interval '2 minutes',"
    " paid_at = p.paid_at - {shift}, expires_at = p.expires_at - {shift}"
    " FROM payments_order o, enrolment_enrolment e"
    " WHERE p.order_id = o.id AND o.enrolment_id = e.id AND e.plan_id = %s",
    "UPDATE common_auditentry a SET at = a.at - {shift}"
    " FROM enrolment_enrolment e"
    " WHERE a.subject_type = 'enrolment' AND a.subject_id = e.id AND e.plan_id = %s",
    "UPDATE notify_message m SET created_at = m.created_at - {shift} - interval '10 hours'"
    " FROM enrolment_enrolment e"
    " WHERE m.subject_type = 'enrolment' AND m.subject_id = e.id AND e.plan_id = %s",
    "UPDATE notify_message m SET created_at = m.created_at - {shift}"
    " FROM payments_order o, enrolment_enrolment e"
    " WHERE m.subject_type = 'order' AND m.subject_id = o.id"
    " AND o.enrolment_id = e.id AND e.plan_id = %s",
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
    shift = f"({SHIFT} + {YEAR})" if a_year else f"({SHIFT})"
    with (
        pgtrigger.ignore(*APPEND_ONLY),
        connection.cursor() as cursor,
    ):
        for statement in EVENTS:
            cursor.execute(statement.format(shift=shift), [plan_id])
        cursor.execute(READ)
        for statement in WINDOWS if a_year else ():
            cursor.execute(statement.format(days=YEAR), [plan_id])
        if not a_year:
            cursor.execute(
                "UPDATE plans_insuranceplan SET opened_at = apply_from WHERE id = %s", [plan_id]
            )
        cursor.execute(VERSIONS, [plan_id])
