"""我的: what the school has on record about me, and what I keep up to date myself."""

from django.contrib import messages
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from yibao.people.checks import master_faults
from yibao.people.contact import contact_of
from yibao.people.disclosure import looks_at
from yibao.people.flow import change_contact
from yibao.people.helping import classes_helped_by
from yibao.people.identity import mask_mobile
from yibao.web.student.apply_forms import ContactForm
from yibao.web.student.corrections import my_corrections
from yibao.web.student.facts import master_facts
from yibao.web.student.mine import my_student


@require_safe
def me(request):
    """My data, secrets masked."""
    student = my_student(request)
    faults = {fault.field: fault.sentence for fault in master_faults(student)}
    contact = contact_of(student)
    page = {
        "student": student,
        "helps": bool(classes_helped_by(request.user)),
        "facts": master_facts(student, faults, my_corrections(request).open()),
        "contact": [
            ("手机号", mask_mobile(contact.mobile)),
            ("家庭电话", mask_mobile(contact.home_phone)),
            ("家庭地址", contact.home_address),
            ("邮编", contact.postcode),
            ("电子邮箱", contact.email),
        ],
    }
    return render(request, "student/me.html", page)


@require_http_methods(["GET", "HEAD", "POST"])
def contact(request):
    """修改联系方式."""
    student = my_student(request)
    form = ContactForm(request.POST or None, initial=vars(contact_of(student)))
    if form.is_valid():
        change_contact(student, form.entered, by=request.user)
        messages.success(request, "联系方式已保存")
        return redirect("student:me")
    return render(request, "student/contact.html", {"form": form})


@require_safe
def seen(request):
    """谁查看过我的信息."""
    return render(request, "student/seen.html", {"looks": looks_at(my_student(request))})
