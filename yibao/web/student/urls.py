"""The students' pages. Every row in an address is named by its public id, and is one's own."""

from django.urls import path

from yibao.web import inbox
from yibao.web.student import (
    again,
    apply,
    class_progress,
    corrections,
    history,
    home,
    me,
    objection,
    papers,
    pay,
    progress,
    receipts,
)

app_name = "student"
HERE = {"at": "student"}
urlpatterns = [
    path("", home.home, name="home"),
    path("history/", history.history, name="history"),
    path("messages/", inbox.inbox, HERE, name="inbox"),
    path("messages/read/", inbox.all_read, HERE, name="inbox_read"),
    path("messages/<uuid:message_id>/", inbox.opened, HERE, name="message"),
    path("class/", class_progress.class_progress, name="class_progress"),
    path("me/", me.me, name="me"),
    path("me/contact/", me.contact, name="contact"),
    path("me/seen/", me.seen, name="seen"),
    path("me/corrections/", corrections.corrections, name="corrections"),
    path("me/corrections/new/<slug:topic>/", corrections.correction_new, name="correction_new"),
    path("me/corrections/<uuid:correction_id>/", corrections.correction, name="correction"),
    path(
        "me/corrections/<uuid:correction_id>/proof.jpg",
        corrections.correction_proof,
        name="correction_proof",
    ),
    path(
        "me/corrections/<uuid:correction_id>/withdraw/",
        corrections.correction_withdraw,
        name="correction_withdraw",
    ),
    path("apply/<uuid:enrolment_id>/", apply.start, name="apply"),
    path("apply/<uuid:enrolment_id>/again/", again.again, name="again"),
    path("apply/<uuid:enrolment_id>/<slug:screen>/", apply.step, name="apply_step"),
    path("progress/<uuid:enrolment_id>/", progress.progress, name="progress"),
    path("progress/<uuid:enrolment_id>/object/", objection.objection, name="object"),
    path("progress/<uuid:enrolment_id>/withdraw/", progress.withdraw, name="withdraw"),
    path("checkout/<uuid:enrolment_id>/", pay.pay, name="pay"),
    path("checkout/<uuid:enrolment_id>/start/", pay.start, name="start_payment"),
    path("checkout/<uuid:enrolment_id>/link/", pay.pay_link, name="pay_link"),
    path("orders/<uuid:order_id>/", pay.order, name="order"),
    path("orders/<uuid:order_id>/return/", pay.payment_return, name="payment_return"),
    path("orders/<uuid:order_id>/state/", pay.payment_state, name="payment_state"),
    path("progress/<uuid:enrolment_id>/supply/", papers.supply, name="supply"),
    path("photos/<uuid:picture_id>.jpg", papers.evidence_picture, name="evidence_picture"),
    path("statements/check/", papers.verify_statement, name="verify_statement"),
    path(
        "statements/<uuid:statement_id>/statement.pdf", papers.statement_file, name="statement_file"
    ),
    path("receipts/check/", receipts.verify_receipt, name="verify_receipt"),
    path("receipts/<uuid:order_id>/", receipts.receipt, name="receipt"),
    path("receipts/<uuid:order_id>/receipt.pdf", receipts.receipt_file, name="receipt_file"),
]
