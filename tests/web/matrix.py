"""Who gets what at which address: the table, and how an answer is written in it.

    in    sent to the sign-in page       200, 302, 403, …  that answer, and nothing has changed
    do    something has changed

Every address is about 王's row (计算机2401), so that what is out of scope is seen to be so. The people:

    wang   the student himself        xu       his college (计算机学院)
    zhao   a student elsewhere        qian     another college (外国语学院)
    li     counselor of his class     zhang    two posts: a class elsewhere, and his college
    he     counselor of another class of his college
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

PEOPLE = "nobody wang zhao li he xu qian zhang office finance admin auditor".split()

READING = """
                                nobody wang zhao li  he  xu  qian zhang office finance admin auditor
livez                           200    200  200  200 200 200 200  200   200    200     200   200
readyz                          200    200  200  200 200 200 200  200   200    200     200   200
start                           in     302  302  302 302 302 302  302   302    302     302   302
accounts:change_password        in     200  200  200 200 200 200  200   200    200     200   200
accounts:language               405    405  405  405 405 405 405  405   405    405     405   405
accounts:sign_in                200    302  302  302 302 302 302  302   302    302     302   302
accounts:still_here             401    204    204  204 204 204 204  204   204    204     204   204
accounts:sign_out               405    405  405  405 405 405 405  405   405    405     405   405
payer:link                      200    200  200  200 200 200 200  200   200    200     200   200
payer:start                     405    405  405  405 405 405 405  405   405    405     405   405
pay:notify                      405    405  405  405 405 405 405  405   405    405     405   405
student:again                   in     200  404  403 403 403 403  403   403    403     403   403
student:apply                   in     302  404  403 403 403 403  403   403    403     403   403
student:apply_step              in     200  404  403 403 403 403  403   403    403     403   403
student:class_progress          in     200  404  403 403 403 403  403   403    403     403   403
student:contact                 in     200  200  403 403 403 403  403   403    403     403   403
student:correction              in     200  404  403 403 403 403  403   403    403     403   403
student:correction_new          in     200  200  403 403 403 403  403   403    403     403   403
student:correction_proof        in     200  404  403 403 403 403  403   403    403     403   403
student:correction_withdraw     in     405  405  403 403 403 403  403   403    403     403   403
student:corrections             in     200  200  403 403 403 403  403   403    403     403   403
student:evidence_picture        in     200  404  403 403 403 403  403   403    403     403   403
student:history                 in     200  200  403 403 403 403  403   403    403     403   403
student:inbox                   in     200  200  403 403 403 403  403   403    403     403   403
student:inbox_read              in     405  405  403 403 403 403  403   403    403     403   403
student:message                 in     405  405  403 403 403 403  403   403    403     403   403
student:home                    in     200  200  302 302 302 302  302   302    302     302   302
student:me                      in     200  200  403 403 403 403  403   403    403     403   403
student:object                  in     200  404  403 403 403 403  403   403    403     403   403
student:order                   in     200  404  403 403 403 403  403   403    403     403   403
student:pay                     in     200  404  403 403 403 403  403   403    403     403   403
student:pay_link                in     200  404  403 403 403 403  403   403    403     403   403
student:payment_return          in     200  404  403 403 403 403  403   403    403     403   403
student:payment_state           in     200  404  403 403 403 403  403   403    403     403   403
student:progress                in     200  404  403 403 403 403  403   403    403     403   403
student:receipt                 in     200  404  403 403 403 403  403   403    403     403   403
student:receipt_file            in     200  404  403 403 403 403  403   403    403     403   403
student:seen                    in     200  200  403 403 403 403  403   403    403     403   403
student:statement_file          in     200  404  403 403 403 403  403   403    403     403   403
student:supply                  in     200  404  403 403 403 403  403   403    403     403   403
student:start_payment           in     405  405  403 403 403 403  403   403    403     403   403
student:verify_receipt          200    200  200  200 200 200 200  200   200    200     200   200
student:verify_statement        200    200  200  200 200 200 200  200   200    200     200   200
student:withdraw                in     200  404  403 403 403 403  403   403    403     403   403
staff:home                      in     403  403  200 200 200 200  200   200    200     200   200
staff:inbox                     in     403  403  200 200 200 200  200   200    200     200   200
staff:inbox_read                in     403  403  405 405 405 405  405   405    405     405   405
staff:message                   in     403  403  405 405 405 405  405   405    405     405   405
staff:email                     in     403  403  200 200 200 200  200   200    200     200   200
staff:reviews                   in     403  403  200 200 200 200  200   200    403     403   403
staff:enrolments                in     403  403  200 200 200 200  200   200    403     403   403
staff:evidence                  in     403  403  200 404 200 404  200   200    403     403   403
staff:evidence_doubt            in     403  403  405 405 405 405  405   405    403     403   403
staff:statement_file            in     403  403  200 404 200 404  200   200    403     403   403
staff:register                  in     403  403  200 200 403 403  200   200    403     403   403
staff:evidence_supply           in     403  403  200 404 403 403  404   200    403     403   403
staff:register_one              in     403  403  200 404 403 403  404   200    403     403   403
staff:requirements              in     403  403  200 200 403 403  200   403    403     403   403
staff:unregistered              in     403  403  200 200 200 200  200   200    403     403   403
staff:group_text                in     403  403  200 200 200 200  200   200    403     403   403
staff:cash                      in     403  403  200 200 403 403  200   403    403     403   403
staff:cash_book                 in     403  403  200 200 403 403  200   403    403     403   403
staff:cash_counter              in     403  403  200 200 403 403  200   403    403     403   403
staff:hand_over                 in     403  403  200 200 403 403  200   403    403     403   403
staff:hand_over_slip            in     403  403  200 404 403 403  404   403    200     403   403
staff:hand_overs                in     403  403  403 403 403 403  403   403    200     403   403
staff:reconciliation            in     403  403  403 403 403 403  403   403    200     403   403
staff:bill_take                 in     403  403  403 403 403 403  403   403    200     403   403
staff:bill                      in     403  403  403 403 403 403  403   403    200     403   403
staff:bill_lines                in     403  403  403 403 403 403  403   403    200     403   403
staff:orders                    in     403  403  200 200 200 200  200   200    200     403   403
staff:refunds                   in     403  403  403 403 403 403  403   403    200     403   403
staff:differences               in     403  403  403 403 403 403  403   200    200     403   403
staff:grade_rates               in     403  403  200 200 200 200  200   200    403     403   403
staff:grade_roster              in     403  403  200 200 200 404  200   200    403     403   403
staff:class_rates               in     403  403  200 200 200 404  200   200    403     403   403
staff:hand_in_college           in     403  403  403 403 405 405  405   403    403     403   403
staff:hand_in_grade             in     403  403  405 405 403 403  405   403    403     403   403
staff:college_rates             in     403  403  403 403 200 200  200   200    403     403   403
staff:college_roster            in     403  403  403 403 200 200  200   200    403     403   403
staff:school_rate               in     403  403  403 403 403 403  403   200    403     403   403
staff:payment_statistics        in     403  403  200 200 200 200  200   200    200     403   403
staff:enrolment_statistics      in     403  403  200 200 200 200  200   200    403     403   403
staff:enrolment_progress        in     403  403  200 200 200 200  200   200    403     403   403
staff:hardship_statistics       in     403  403  200 200 200 200  200   200    403     403   403
staff:report_exports            in     403  403  200 200 200 200  200   200    200     403   403
staff:export_report             in     403  403  405 405 405 405  405   405    405     403   403
staff:downloads                 in     403  403  200 200 200 200  200   200    200     200   200
staff:students                  in     403  403  200 200 200 200  200   200    403     403   403
staff:disclose                  in     403  403  405 405 405 405  405   405    403     403   403
staff:student_edit              in     403  403  200 404 200 404  200   200    403     403   403
staff:transitions               in     403  403  200 200 200 200  200   200    403     403   403
staff:transition_new            in     403  403  200 404 200 404  200   200    403     403   403
staff:corrections               in     403  403  200 200 200 200  200   200    403     403   403
staff:correction_number         in     403  403  405 405 405 405  405   405    403     403   403
staff:correction_proof          in     403  403  200 404 200 404  200   200    403     403   403
staff:hardship                  in     403  403  200 200 200 200  200   200    403     403   403
staff:hardship_proof_new        in     403  403  200 404 200 404  200   200    403     403   403
staff:hardship_proof            in     403  403  200 404 200 404  200   200    403     403   403
staff:hardship_proof_withdraw   in     403  403  405 405 405 405  405   405    403     403   403
staff:import_roster             in     403  403  403 403 403 403  403   200    403     403   403
staff:import_roster_confirm     in     403  403  403 403 403 403  403   405    403     403   403
staff:import_roster_discard     in     403  403  403 403 403 403  403   405    403     403   403
staff:import_roster_faults      in     403  403  403 403 403 403  403   200    403     403   403
staff:import_roster_preview     in     403  403  403 403 403 403  403   200    403     403   403
staff:import_roster_template    in     403  403  403 403 403 403  403   200    403     403   403
staff:import_hardship           in     403  403  403 403 403 403  403   200    403     403   403
staff:import_hardship_confirm   in     403  403  403 403 403 403  403   405    403     403   403
staff:import_hardship_discard   in     403  403  403 403 403 403  403   405    403     403   403
staff:import_hardship_faults    in     403  403  403 403 403 403  403   200    403     403   403
staff:import_hardship_preview   in     403  403  403 403 403 403  403   200    403     403   403
staff:import_hardship_template  in     403  403  403 403 403 403  403   200    403     403   403
staff:plan                      in     403  403  200 200 200 200  200   200    200     403   403
staff:plan_archive              in     403  403  403 403 403 403  403   405    403     403   403
staff:plan_close                in     403  403  403 403 403 403  403   405    403     403   403
staff:announcements             in     403  403  403 403 403 403  403   200    403     403   403
staff:announcement_new          in     403  403  403 403 403 403  403   200    403     403   403
staff:announcement              in     403  403  403 403 403 403  403   200    403     403   403
staff:announcement_withdraw     in     403  403  403 403 403 403  403   405    403     403   403
staff:phrases                   in     403  403  403 403 403 403  403   200    403     403   403
staff:phrase_new                in     403  403  403 403 403 403  403   200    403     403   403
staff:phrase                    in     403  403  403 403 403 403  403   200    403     403   403
staff:plan_copy                 in     403  403  403 403 403 403  403   405    403     403   403
staff:plan_edit                 in     403  403  403 403 403 403  403   200    403     403   403
staff:plan_new                  in     403  403  403 403 403 403  403   200    403     403   403
staff:plan_trial                in     403  403  403 403 403 403  403   200    403     403   403
staff:plan_trial_students       in     403  403  403 403 403 403  403   200    403     403   403
staff:plan_versions             in     403  403  200 200 200 200  200   200    200     403   403
staff:plan_version              in     403  403  200 200 200 200  200   200    200     403   403
staff:plan_open                 in     403  403  403 403 403 403  403   200    403     403   403
staff:plan_targets              in     403  403  403 403 403 403  403   200    403     403   403
staff:plans                     in     403  403  200 200 200 200  200   200    200     403   403
staff:plan draft                in     403  403  404 404 404 404  404   200    404     403   403
staff:plan_edit times           in     403  403  403 403 403 403  403   200    403     403   403
staff:people                    in     403  403  403 403 403 403  403   403    403     200   403
staff:person                    in     403  403  403 403 403 403  403   403    403     200   403
staff:person_new                in     403  403  403 403 403 403  403   403    403     200   403
staff:person_password           in     403  403  403 403 403 403  403   403    403     405   403
staff:post_end                  in     403  403  403 403 403 403  403   403    403     405   403
staff:post_deputy               in     403  403  403 403 403 403  403   403    403     405   403
staff:post_hand_over            in     403  403  403 403 403 403  403   403    403     405   403
staff:post_phone                in     403  403  403 403 403 403  403   403    403     405   403
staff:deputy_end                in     403  403  403 403 403 403  403   403    403     405   403
staff:failed_jobs               in     403  403  403 403 403 403  403   403    403     200   403
staff:failed_deliveries         in     403  403  403 403 403 403  403   403    403     200   403
staff:sign_in_locks             in     403  403  403 403 403 403  403   403    403     200   403
staff:audit                     in     403  403  403 403 403 403  403   403    403     403   200
"""

WRITING = """
                                nobody wang zhao li  he  xu  qian zhang office finance admin auditor
accounts:sign_in                200    302  302  302 302 302 302  302   302    302     302   302
accounts:change_password        in     200  200  200 200 200 200  200   200    200     200   200
accounts:language               302    do   do   do  do  do  do   do    do     do      do    do
accounts:sign_out               in     in   in   in  in  in  in   in    in     in      in    in
payer:start                     do     do   do   do  do  do  do   do    do     do      do    do
student:pay_link                in     do   404  403 403 403 403  403   403    403     403   403
pay:notify                      401    401  401  401 401 401 401  401   401    401     401   401
student:contact                 in     do   do   403 403 403 403  403   403    403     403   403
student:correction_new          in     do   do   403 403 403 403  403   403    403     403   403
student:correction_withdraw     in     do   404  403 403 403 403  403   403    403     403   403
student:again                   in     do   404  403 403 403 403  403   403    403     403   403
student:apply_step data         in     do   404  403 403 403 403  403   403    403     403   403
student:apply_step choice       in     do   404  403 403 403 403  403   403    403     403   403
student:apply_step confirm      in     do   404  403 403 403 403  403   403    403     403   403
student:apply_step evidence     in     do   404  403 403 403 403  403   403    403     403   403
student:object                  in     do   404  403 403 403 403  403   403    403     403   403
student:supply                  in     do   404  403 403 403 403  403   403    403     403   403
student:start_payment           in     do   404  403 403 403 403  403   403    403     403   403
student:pay                     in     do   404  403 403 403 403  403   403    403     403   403
student:withdraw                in     do   404  403 403 403 403  403   403    403     403   403
student:inbox_read              in     do   do   403 403 403 403  403   403    403     403   403
student:message                 in     do   404  403 403 403 403  403   403    403     403   403
staff:inbox_read                in     403  403  do  302 do  do   do    do     302     302   302
staff:message                   in     403  403  do  404 404 404  404   404    404     404   404
staff:email                     in     403  403  do  do  do  do   do    do     do      do    do
staff:reviews approve           in     403  403  do  302 302 302  302   302    403     403   403
staff:reviews send_back         in     403  403  do  302 302 302  302   302    403     403   403
staff:reviews refuse            in     403  403  do  302 302 302  302   302    403     403   403
staff:reviews undo              in     403  403  do  404 404 404  404   404    403     403   403
staff:reviews layout            in     403  403  do  do  do  do   do    do     403     403   403
staff:reviews save_query        in     403  403  do  do  do  do   do    do     403     403   403
staff:reviews drop_query        in     403  403  do  409 409 409  409   409    403     403   403
staff:reviews prefer_query      in     403  403  do  409 409 409  409   409    403     403   403
staff:enrolments take_back      in     403  403  do  302 do  302  do    do     403     403   403
staff:evidence_doubt            in     403  403  do  404 409 404  409   409    403     403   403
staff:register                  in     403  403  200 200 403 403  200   200    403     403   403
staff:register_one              in     403  403  do  404 403 403  404   do     403     403   403
staff:enrolments remind         in     403  403  do  302 do  302  do    do     403     403   403
staff:enrolments let_stand      in     403  403  do  302 302 302  302   do     403     403   403
staff:unregistered remind       in     403  403  do  302 do  302  do    do     403     403   403
staff:requirements needed       in     403  403  do  302 403 403  302   403    403     403   403
staff:requirements not_needed   in     403  403  do  302 403 403  302   403    403     403   403
staff:evidence_supply           in     403  403  do  404 403 403  404   do     403     403   403
staff:cash take                 in     403  403  do  302 403 403  302   403    403     403   403
staff:cash_counter find         in     403  403  200 200 403 403  200   403    403     403   403
staff:cash_counter take         in     403  403  do  409 403 403  409   403    403     403   403
staff:hand_over                 in     403  403  do  409 403 403  409   403    403     403   403
staff:hand_overs confirm        in     403  403  403 403 403 403  403   403    do      403   403
staff:reconciliation close      in     403  403  403 403 403 403  403   403    do      403   403
staff:reconciliation reopen     in     403  403  403 403 403 403  403   403    do      403   403
staff:bill_take                 in     403  403  403 403 403 403  403   403    do      403   403
staff:bill_lines settle         in     403  403  403 403 403 403  403   403    do      403   403
staff:bill_lines ask            in     403  403  403 403 403 403  403   403    do      403   403
staff:bill_lines correct        in     403  403  403 403 403 403  403   403    do      403   403
staff:bill_lines return         in     403  403  403 403 403 403  403   403    do      403   403
staff:bill_lines call_in        in     403  403  403 403 403 403  403   403    do      403   403
staff:bill_lines note           in     403  403  403 403 403 403  403   403    do      403   403
staff:orders refund             in     403  403  409 409 409 409  409   409    do      403   403
staff:differences refund_difference  in  403  403  403 403 403 403  403   409    do      403   403
staff:differences charge_difference  in  403  403  403 403 403 403  403   409    do      403   403
staff:differences reorder       in     403  403  403 403 403 403  403   409    do      403   403
staff:differences keep          in     403  403  403 403 403 403  403   409    do      403   403
staff:hardship withdraw         in     403  403  409 409 409 409  409   do     403     403   403
staff:hardship restore          in     403  403  409 409 409 409  409   do     403     403   403
staff:refunds prepare           in     403  403  403 403 403 403  403   403    do      403   403
staff:refunds confirm           in     403  403  403 403 403 403  403   403    do      403   403
staff:grade_rates accept        in     403  403  409 409 do  302  do    409    403     403   403
staff:grade_rates return        in     403  403  409 409 do  302  do    409    403     403   403
staff:grade_rates withdraw      in     403  403  do  do  409 409  302   409    403     403   403
staff:hand_in_college           in     403  403  403 403 do  404  do    403    403     403   403
staff:hand_in_grade             in     403  403  do  do  403 403  409   403    403     403   403
staff:college_rates accept      in     403  403  403 403 409 409  409   do     403     403   403
staff:college_rates return      in     403  403  403 403 409 409  409   do     403     403   403
staff:college_rates withdraw    in     403  403  403 403 do  302  do    409    403     403   403
staff:college_roster correct    in     403  403  403 403 do  302  do    409    403     403   403
staff:export_report             in     403  403  200 200 200 200  200   200    409     403   403
staff:disclose                  in     403  403  200 404 200 404  200   200    403     403   403
staff:student_edit              in     403  403  do  404 do  404  do    do     403     403   403
staff:correction_number         in     403  403  200 404 200 404  200   200    403     403   403
staff:transition_new            in     403  403  do  404 do  404  do    do     403     403   403
staff:transitions cancel        in     403  403  do  302 do  302  do    do     403     403   403
staff:students transition       in     403  403  do  302 do  302  do    do     403     403   403
staff:corrections accept        in     403  403  do  302 do  302  do    do     403     403   403
staff:corrections refuse        in     403  403  do  302 do  302  do    do     403     403   403
staff:hardship_proof_new        in     403  403  do  404 do  404  do    do     403     403   403
staff:hardship_proof_withdraw   in     403  403  do  404 do  404  do    do     403     403   403
staff:import_roster             in     403  403  403 403 403 403  403   302    403     403   403
staff:import_hardship           in     403  403  403 403 403 403  403   302    403     403   403
staff:import_roster_confirm     in     403  403  403 403 403 403  403   do     403     403   403
staff:import_hardship_confirm   in     403  403  403 403 403 403  403   do     403     403   403
staff:import_roster_discard     in     403  403  403 403 403 403  403   302    403     403   403
staff:import_hardship_discard   in     403  403  403 403 403 403  403   302    403     403   403
staff:plan_new                  in     403  403  403 403 403 403  403   do     403     403   403
staff:plan_edit                 in     403  403  403 403 403 403  403   do     403     403   403
staff:plan_edit times           in     403  403  403 403 403 403  403   do     403     403   403
staff:plan_archive              in     403  403  403 403 403 403  403   do     403     403   403
staff:plan_close                in     403  403  403 403 403 403  403   do     403     403   403
staff:announcement_new          in     403  403  403 403 403 403  403   do     403     403   403
staff:announcement              in     403  403  403 403 403 403  403   do     403     403   403
staff:announcement_withdraw     in     403  403  403 403 403 403  403   do     403     403   403
staff:phrase_new                in     403  403  403 403 403 403  403   do     403     403   403
staff:phrase                    in     403  403  403 403 403 403  403   do     403     403   403
staff:phrases up                in     403  403  403 403 403 403  403   do     403     403   403
staff:phrases down              in     403  403  403 403 403 403  403   do     403     403   403
staff:phrases retire            in     403  403  403 403 403 403  403   do     403     403   403
staff:phrases restore           in     403  403  403 403 403 403  403   do     403     403   403
staff:plan_copy                 in     403  403  403 403 403 403  403   do     403     403   403
staff:plan_open                 in     403  403  403 403 403 403  403   do     403     403   403
staff:people switch_off         in     403  403  403 403 403 403  403   403    403     do    403
staff:people switch_on          in     403  403  403 403 403 403  403   403    403     do    403
staff:person_new                in     403  403  403 403 403 403  403   403    403     do    403
staff:person                    in     403  403  403 403 403 403  403   403    403     do    403
staff:person_password           in     403  403  403 403 403 403  403   403    403     do    403
staff:students appoint          in     403  403  do  302 409 409  302   409    403     403   403
staff:students dismiss          in     403  403  do  302 409 409  302   409    403     403   403
staff:post_end                  in     403  403  403 403 403 403  403   403    403     do    403
staff:post_deputy               in     403  403  403 403 403 403  403   403    403     do    403
staff:post_hand_over            in     403  403  403 403 403 403  403   403    403     do    403
staff:post_phone                in     403  403  403 403 403 403  403   403    403     do    403
staff:deputy_end                in     403  403  403 403 403 403  403   403    403     do    403
"""


@dataclass(frozen=True)
class Line:
    """A line of the table: an address, what is done there, and the answer to each person."""

    name: str
    act: str
    answers: dict[str, str]

    @property
    def key(self) -> str:
        """Its name and act."""
        return f"{self.name} {self.act}".strip()


def lines(table: str) -> Iterator[Line]:
    """The lines of a table; one with too few or too many answers is a mistake."""
    for text in table.strip().splitlines()[1:]:
        words = text.split()
        answers = [word for word in words if re.fullmatch(r"in|do|\d{3}", word)]
        name, *act = words[: len(words) - len(answers)]
        yield Line(name, " ".join(act), dict(zip(PEOPLE, answers, strict=True)))


READ = list(lines(READING))
WRITTEN = list(lines(WRITING))
