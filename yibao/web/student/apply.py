"""申请参保: confirm the data, choose, see the amount and why, confirm. Then it is submitted."""

from hashlib import sha256

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from yibao.common.errors import refuse_if
from yibao.enrolment import drafts, evidence, flow, rules
from yibao.enrolment.models import Draft, Enrolment
from yibao.enrolment.quoting import coverage_for, quote_for
from yibao.enrolment.statement import text_for
from yibao.enrolment.states import TO_REGISTER, Intent, Place, Status
from yibao.people.checks import master_faults
from yibao.people.contact import contact_of
from yibao.people.flow import change_contact
from yibao.people.identity import mask_id_number, mask_mobile
from yibao.people.states import TOPIC_OF
from yibao.plans.choosing import chosen_types, why_not_choose
from yibao.plans.statement import TITLE
from yibao.web.choice_form import ChoiceForm
from yibao.web.student.apply_forms import ContactForm
from yibao.web.student.cards import last_return
from yibao.web.student.corrections import my_corrections
from yibao.web.student.facts import master_facts
from yibao.web.student.leaving import left_of
from yibao.web.student.mine import my_enrolment, my_enrolments
from yibao.web.student.paper_forms import EvidenceEntry, SigningForm
from yibao.web.student.words import counselors

NAMES = {
    "data": "核对信息",
    "choice": "选择",
    "amount": "金额",
    "evidence": "证明材料",
    "confirm": "提交",
}
PLACES = {
    Place.DATA: "data",
    Place.CHOICE: "choice",
    Place.EVIDENCE: "evidence",
    Place.STATEMENT: "confirm",
}
"""On which screen it is put right."""
CHANGED = "填写的内容或金额刚刚有变化，请核对后再提交"
SUBMITTED = {
    Status.IN_REVIEW: "已提交",
    Status.AWAITING_PAYMENT: "已提交，请缴费",
    Status.ENROLLED: "已提交，你已参保",
    Status.OPTED_OUT: "已提交，登记为不参保",
}


@require_http_methods(["GET", "HEAD"])
def start(request, enrolment_id):
    """To the screen where the draft was left."""
    row = my_enrolment(request, enrolment_id)
    return redirect("student:apply_step", row.public_id, _screen_of(row, drafts.draft_of(row)))


@require_http_methods(["GET", "HEAD", "POST"])
def step(request, enrolment_id, screen):
    """One screen of the flow; a screen that is not due yet leads to the one that is."""
    if screen not in NAMES:
        raise Http404
    row = my_enrolment(request, enrolment_id)
    if row.status not in TO_REGISTER:
        return redirect("student:progress", row.public_id)
    faults = master_faults(row.student)
    if not faults:
        refuse_if(rules.why_not_submit([row], request.user).get(row.pk, ""))
    draft = drafts.draft_of(row)
    due = "data" if faults else _screen_of(row, draft)
    if list(NAMES).index(screen) > list(NAMES).index(due):
        return redirect("student:apply_step", row.public_id, due)
    return SCREENS[screen](request, row, draft)


def data(request, row, draft):
    """核对信息: the master data as they are, contact data to be put right."""
    faults = {fault.field: fault.sentence for fault in master_faults(row.student)}
    initial = vars(contact_of(row.student))
    form = ContactForm(request.POST or None, initial=initial)
    if request.method == "POST" and not faults and form.is_valid():
        change_contact(row.student, form.entered, by=request.user)
        drafts.keep(row, data_confirmed=True)
        return redirect("student:apply_step", row.public_id, "choice")
    waiting = list(my_corrections(request).open())
    asked_for = {correction.topic for correction in waiting}
    page = {
        "form": form,
        "facts": master_facts(row.student, faults, waiting),
        "faults": faults,
        "waiting": waiting,
        "unasked": [field for field in faults if TOPIC_OF.get(field) not in asked_for],
    }
    return _show(request, "data", row, draft, page)


def choice(request, row, draft):
    """选择: join with types, or stay out for a reason."""
    asked = request.POST.get("go", "")
    form = ChoiceForm(request.POST or None, row=row, draft=draft)
    if request.method == "POST":
        fits = form.is_valid()
        if fits or asked in ("back", "keep"):
            drafts.keep(row, **form.changes)
        if asked == "keep":
            return HttpResponse(status=204)
        if asked == "back":
            return redirect("student:apply_step", row.public_id, "data")
        if fits:
            following = "evidence" if form.reason and form.reason.needs.all() else "confirm"
            if form.cleaned_data["intent"] == Intent.JOIN:
                following = "amount"
            return redirect("student:apply_step", row.public_id, following)
    return _show(request, "choice", row, draft, {"form": form})


def amount(request, row, draft):
    """金额: what it costs and why, in the words that staff see too."""
    if draft.intent == Intent.STAY_OUT:
        return redirect("student:apply_step", row.public_id, "confirm")
    return _show(request, "amount", row, draft, bill_of(row, draft))


def photos(request, row, draft):
    """证明材料: photos of what the reason asks for; they are kept as soon as they are there."""
    found = evidence.slots(row, draft.reason)
    if draft.intent != Intent.STAY_OUT or not found:
        if request.method == "POST":  # another tab has changed the choice since
            messages.warning(request, CHANGED)
        return redirect("student:apply_step", row.public_id, "confirm")
    here = redirect("student:apply_step", row.public_id, "evidence")
    if request.method == "POST" and request.POST.get("go") == "next":
        if lacking := evidence.missing(found):
            messages.error(request, f"还缺{lacking}，请先拍照或上传截图")
            return here
        return redirect("student:apply_step", row.public_id, "confirm")
    entered = EvidenceEntry(request, row, found)
    if entered.is_done():
        return here
    page = {"entered": entered, "doubted": evidence.doubted(row)}
    return _show(request, "evidence", row, draft, page)


def confirm(request, row, draft):
    """提交: all of it once more; what is submitted is what was shown."""
    bill = bill_of(row, draft)
    found = evidence.slots(row, draft.reason) if draft.intent == Intent.STAY_OUT else []
    seen = digest_of(draft, bill["lines"], found)
    signs = draft.intent == Intent.STAY_OUT and row.plan.statement_required
    form = SigningForm(request.POST or None, student=row.student) if signs else None
    if request.method == "POST" and request.POST.get("seen") != seen:
        messages.warning(request, CHANGED)
        return redirect("student:apply_step", row.public_id, "confirm")
    if request.method == "POST" and (form is None or form.is_valid()):
        return submit_draft(request, row, draft, form.signature if form else None)
    page = bill | {
        "seen": seen,
        "person": person_of(row),
        "steps": list(row.plan.steps.all()),
        "slots": found,
        "form": form,
        "statement": text_for(row, draft.reason, draft.note) if signs else "",
        "statement_title": TITLE,
    }
    return _show(request, "confirm", row, draft, page)


SCREENS = {
    "data": data,
    "choice": choice,
    "amount": amount,
    "evidence": photos,
    "confirm": confirm,
}


def submit_draft(request, row, draft, signature):
    """提交, and on to where it can be followed."""
    mine = my_enrolments(request.user).filter(pk=row.pk)
    outcome = flow.submit(mine, drafts.choice_of(draft, signature), by=request.user)
    row = my_enrolment(request, row.public_id)
    if row.status in TO_REGISTER:
        outcome.or_refuse()
    if outcome.done:  # else a second tap, and the first one did it
        step = f"，等待{row.current_step}" if row.current_step else ""
        messages.success(request, f"{SUBMITTED[Status(row.status)]}{step}")
    return redirect("student:progress", row.public_id)


def person_of(row: Enrolment) -> list[tuple[str, str]]:
    """Who it is about, as the last screen says it."""
    student = row.student
    return [
        ("姓名", student.name),
        ("证件号码", mask_id_number(student.id_number)),
        ("手机号", mask_mobile(student.mobile)),
    ]


def _screen_of(row: Enrolment, draft: Draft) -> str:
    """The first screen that still wants something."""
    if not draft.data_confirmed:
        return "data"
    chosen = drafts.choice_of(draft)
    if chosen is None or (chosen.intent == Intent.STAY_OUT and not _reason_stands(draft)):
        return "choice"
    if chosen.intent == Intent.JOIN and why_not_choose(list(row.plan.types.all()), draft.type_ids):
        return "choice"
    if chosen.intent == Intent.STAY_OUT and evidence.missing(evidence.slots(row, draft.reason)):
        return "evidence"
    return "confirm"


def _reason_stands(draft: Draft) -> bool:
    return draft.reason is not None and bool(draft.note or not draft.reason.note_required)


def bill_of(row: Enrolment, draft: Draft) -> dict:
    """The quote of what is chosen, as parts/_amount.html shows it."""
    if draft.intent == Intent.STAY_OUT:
        return {"amount": 0, "lines": []}
    types = chosen_types(list(row.plan.types.all()), draft.type_ids)
    quote = quote_for(row, types)
    lines = [
        {"label": line.type_name, "amount": line.amount, "explanation": line.explanation}
        for line in quote.lines
    ]
    return {"amount": quote.amount, "lines": lines, "coverage": coverage_for(row, types)}


def digest_of(draft: Draft, lines: list[dict], slots: list[evidence.Slot]) -> str:
    """Names what the confirming screen shows; another tab may have changed the draft since."""
    photos = [picture.pk for slot in slots for picture in slot.pictures]
    amounts = [tuple(line.values()) for line in lines]
    shown = (draft.intent, draft.reason_id, draft.note, amounts, photos)
    return sha256(repr(shown).encode()).hexdigest()[:32]


def _show(request, screen, row, draft, page):
    stays_out = draft.intent == Intent.STAY_OUT
    asked = stays_out and draft.reason is not None and draft.reason.needs.all()
    skipped = {"amount"} if stays_out else {"evidence"}
    screens = [n for n in NAMES if n not in skipped and (n != "evidence" or asked)]
    at = screens.index(screen) + 1
    returned = last_return(row) if row.status == Status.RETURNED else None
    frame = {
        "row": row,
        "plan": row.plan,
        "draft": draft,
        "names": [NAMES[name] for name in screens],
        "at": at,
        "back": screens[at - 2] if at > 1 else "",
        "returned": returned,
        "left": left_of(row),
        "is_wrong": any(PLACES[place] == screen for place in (returned.places if returned else ())),
        "joins": draft.intent == Intent.JOIN,
        "counselors": counselors(row),
    }
    return render(request, f"student/apply_{screen}.html", frame | page)
