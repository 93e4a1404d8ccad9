"""The staff's addresses. Whose each is stands in web/access.py; one section a family of pages."""

from django.urls import path

from yibao.grid.downloads import DownloadGrid
from yibao.grid.views import GridView
from yibao.web import inbox
from yibao.web.staff import (
    announcements,
    corrections,
    counter,
    desk,
    enrolments_register,
    evidence_supply,
    group_texts,
    hand_overs,
    hardship_proofs,
    imports,
    papers,
    people,
    people_posts,
    phrases,
    plan_editor,
    plan_trial,
    plan_versions,
    plans,
    rates,
    reconciliation,
    report_exports,
    statistics,
    statistics_hardship,
    statistics_progress,
    students,
    students_edit,
    transitions,
)
from yibao.web.staff.audit import AuditGrid
from yibao.web.staff.bills import BillGrid, BillLineGrid
from yibao.web.staff.cash import Cash, CashBookGrid
from yibao.web.staff.corrections import CorrectionGrid
from yibao.web.staff.differences import DifferenceGrid
from yibao.web.staff.enrolments import Enrolments, Reviews, Unregistered
from yibao.web.staff.hand_overs import HandOverGrid
from yibao.web.staff.hardship import HardshipGrid
from yibao.web.staff.orders import Orders
from yibao.web.staff.people import PeopleGrid
from yibao.web.staff.plans import PlansGrid
from yibao.web.staff.refunds import RefundGrid
from yibao.web.staff.requirements import Requirements
from yibao.web.staff.students import StudentGrid
from yibao.web.staff.system import FailedDeliveryGrid, FailedJobGrid, LockGrid

app_name = "staff"

HERE = {"at": "staff"}

DESK = [
    path("", desk.home, name="home"),
    path("messages/", inbox.inbox, HERE, name="inbox"),
    path("messages/read/", inbox.all_read, HERE, name="inbox_read"),
    path("messages/email/", inbox.email, name="email"),
    path("messages/<uuid:message_id>/", inbox.opened, HERE, name="message"),
]

ENROLMENTS = [
    path("reviews/", Reviews.as_view(), name="reviews"),
    path("enrolments/", Enrolments.as_view(), name="enrolments"),
    path("enrolments/register/", enrolments_register.register, name="register"),
    path(
        "enrolments/<uuid:public_id>/register/",
        enrolments_register.register_one,
        name="register_one",
    ),
    path("requirements/", Requirements.as_view(), name="requirements"),
    path("unregistered/", Unregistered.as_view(), name="unregistered"),
    path("group-text/<slug:key>/", group_texts.group_text, name="group_text"),
]

MONEY = [
    path("cash/", Cash.as_view(), name="cash"),
    path("cash/counter/", counter.counter, name="cash_counter"),
    path("cash/hand-over/", hand_overs.hand_over, name="hand_over"),
    path("cash/hand-over/<str:number>/", hand_overs.slip, name="hand_over_slip"),
    path("hand-overs/", GridView.as_view(grid_class=HandOverGrid), name="hand_overs"),
    path("reconciliation/", GridView.as_view(grid_class=BillGrid), name="reconciliation"),
    path("reconciliation/take/", reconciliation.take, name="bill_take"),
    path("reconciliation/lines/", GridView.as_view(grid_class=BillLineGrid), name="bill_lines"),
    path("reconciliation/<int:pk>/", reconciliation.day, name="bill"),
    path("cash/book/", GridView.as_view(grid_class=CashBookGrid), name="cash_book"),
    path("orders/", Orders.as_view(), name="orders"),
    path("differences/", GridView.as_view(grid_class=DifferenceGrid), name="differences"),
    path("refunds/", GridView.as_view(grid_class=RefundGrid), name="refunds"),
]

STUDENTS = [
    path("students/", GridView.as_view(grid_class=StudentGrid), name="students"),
    path("students/<uuid:public_id>/edit/", students_edit.student_edit, name="student_edit"),
    path(
        "students/<uuid:public_id>/transition/", transitions.transition_new, name="transition_new"
    ),
    path(
        "transitions/",
        GridView.as_view(grid_class=transitions.TransitionGrid),
        name="transitions",
    ),
    path("students/<uuid:public_id>/<str:field>/", students.show_in_full, name="disclose"),
    path("corrections/", GridView.as_view(grid_class=CorrectionGrid), name="corrections"),
    path(
        "corrections/<uuid:public_id>/proof.jpg",
        corrections.correction_proof,
        name="correction_proof",
    ),
    path(
        "corrections/<uuid:public_id>/number/",
        corrections.correction_number,
        name="correction_number",
    ),
    path("evidence/<uuid:picture_id>.jpg", papers.evidence, name="evidence"),
    path(
        "enrolments/<uuid:public_id>/evidence/",
        evidence_supply.evidence_supply,
        name="evidence_supply",
    ),
    path("evidence/<uuid:picture_id>/doubt/", papers.evidence_doubt, name="evidence_doubt"),
    path(
        "statements/<uuid:statement_id>/statement.pdf", papers.statement_file, name="statement_file"
    ),
    path("hardship/<int:pk>/proofs/", hardship_proofs.proof_new, name="hardship_proof_new"),
    path("hardship/proofs/<uuid:picture_id>.jpg", hardship_proofs.proof, name="hardship_proof"),
    path(
        "hardship/proofs/<uuid:picture_id>/withdraw/",
        hardship_proofs.proof_withdraw,
        name="hardship_proof_withdraw",
    ),
    path("hardship/", GridView.as_view(grid_class=HardshipGrid), name="hardship"),
]

PLANS = [
    path("downloads/", GridView.as_view(grid_class=DownloadGrid), name="downloads"),
    path("plans/", GridView.as_view(grid_class=PlansGrid), name="plans"),
    path("plans/new/", plan_editor.plan_new, name="plan_new"),
    path("plans/<int:pk>/", plans.plan, name="plan"),
    path("plans/<int:pk>/versions/", plan_versions.plan_versions, name="plan_versions"),
    path("plans/<int:pk>/versions/<int:number>/", plan_versions.plan_version, name="plan_version"),
    path("plans/<int:pk>/edit/<slug:key>/", plan_editor.plan_edit, name="plan_edit"),
    path("plans/<int:pk>/targets/", plan_editor.plan_targets, name="plan_targets"),
    path("plans/<int:pk>/trial/", plan_trial.plan_trial, name="plan_trial"),
    path(
        "plans/<int:pk>/trial/students/",
        plan_trial.TrialStudents.as_view(),
        name="plan_trial_students",
    ),
    path("plans/<int:pk>/open/", plans.plan_open, name="plan_open"),
    path("plans/<int:pk>/close/", plans.plan_close, name="plan_close"),
    path("plans/<int:pk>/archive/", plans.plan_archive, name="plan_archive"),
    path("plans/<int:pk>/copy/", plans.plan_copy, name="plan_copy"),
]

IMPORTS = [
    path(f"import/{kind}/{end}", view, {"kind": kind}, name=f"import_{kind}{page}")
    for kind in imports.KINDS
    for end, view, page in (
        ("", imports.upload, ""),
        ("template/", imports.template, "_template"),
        ("<str:token>/", imports.preview, "_preview"),
        ("<str:token>/faults/", imports.faults, "_faults"),
        ("<str:token>/confirm/", imports.confirm, "_confirm"),
        ("<str:token>/discard/", imports.discard, "_discard"),
    )
]

RATES = [
    path("rates/grades/", rates.GradeRates.as_view(), name="grade_rates"),
    path("rates/colleges/", rates.CollegeRates.as_view(), name="college_rates"),
    path("rates/school/", rates.school_rate, name="school_rate"),
    path(
        "rates/<int:pk>/<int:college_pk>/<int:grade>/classes/",
        rates.class_rates,
        name="class_rates",
    ),
    path(
        "rates/<int:pk>/<int:college_pk>/<int:grade>/hand-in/",
        rates.hand_in_grade,
        name="hand_in_grade",
    ),
    path("rates/<int:pk>/<int:college_pk>/hand-in/", rates.hand_in_college, name="hand_in_college"),
    path("rates/reports/<int:pk>/students/", rates.GradeRoster.as_view(), name="grade_roster"),
    path("rates/colleges/students/", rates.CollegeRoster.as_view(), name="college_roster"),
]

STATISTICS = [
    path("statistics/enrolments/", statistics.enrolment_statistics, name="enrolment_statistics"),
    path("statistics/progress/", statistics_progress.enrolment_progress, name="enrolment_progress"),
    path(
        "statistics/hardship/", statistics_hardship.hardship_statistics, name="hardship_statistics"
    ),
    path("statistics/payments/", statistics.payment_statistics, name="payment_statistics"),
    path("reports/", report_exports.report_exports, name="report_exports"),
    path("reports/<int:pk>/<slug:key>/", report_exports.export_report, name="export_report"),
]

ANNOUNCEMENTS = [
    path(
        "announcements/",
        GridView.as_view(grid_class=announcements.AnnouncementGrid),
        name="announcements",
    ),
    path("announcements/new/", announcements.announcement_new, name="announcement_new"),
    path("announcements/<int:pk>/", announcements.announcement, name="announcement"),
    path(
        "announcements/<int:pk>/withdraw/",
        announcements.announcement_withdraw,
        name="announcement_withdraw",
    ),
]

PHRASES = [
    path("phrases/", GridView.as_view(grid_class=phrases.PhraseGrid), name="phrases"),
    path("phrases/new/", phrases.phrase_new, name="phrase_new"),
    path("phrases/<int:pk>/", phrases.phrase, name="phrase"),
]

PEOPLE = [
    path("people/", GridView.as_view(grid_class=PeopleGrid), name="people"),
    path("people/new/", people.person_new, name="person_new"),
    path("people/<int:pk>/", people.person, name="person"),
    path("people/<int:pk>/password/", people.person_password, name="person_password"),
    path("posts/<int:pk>/end/", people.post_end, name="post_end"),
    path("posts/<int:pk>/phone/", people_posts.post_phone, name="post_phone"),
    path("posts/<int:pk>/deputy/", people_posts.post_deputy, name="post_deputy"),
    path("posts/<int:pk>/hand-over/", people_posts.post_hand_over, name="post_hand_over"),
    path("deputies/<int:pk>/end/", people_posts.deputy_end, name="deputy_end"),
    path("system/jobs/", GridView.as_view(grid_class=FailedJobGrid), name="failed_jobs"),
    path(
        "system/deliveries/",
        GridView.as_view(grid_class=FailedDeliveryGrid),
        name="failed_deliveries",
    ),
    path("system/locks/", GridView.as_view(grid_class=LockGrid), name="sign_in_locks"),
    path("audit/", GridView.as_view(grid_class=AuditGrid), name="audit"),
]

urlpatterns = [
    *DESK,
    *ENROLMENTS,
    *MONEY,
    *STUDENTS,
    *PLANS,
    *IMPORTS,
    *RATES,
    *STATISTICS,
    *ANNOUNCEMENTS,
    *PHRASES,
    *PEOPLE,
]
