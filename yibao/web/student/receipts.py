"""收据: on the screen, as a PDF, and checked by anybody who holds one."""

from urllib.parse import urlencode

from django import forms
from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from yibao.payments.receipts import find_receipt, receipt_of, receipt_pdf
from yibao.people.identity import mask_name
from yibao.web.student.mine import my_order
from yibao.web.student.pictures import qr_code


class CheckForm(forms.Form):
    """收据查验."""

    number = forms.CharField(
        label="收据编号",
        max_length=40,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
        error_messages={
            "required": "请填写收据编号",
            "max_length": "收据编号是 18 位数字，请对照收据右上角",
        },
    )
    code = forms.CharField(
        label="校验码",
        max_length=40,
        widget=forms.TextInput(
            attrs={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}
        ),
        error_messages={
            "required": "请填写校验码",
            "max_length": "校验码是 16 位，请对照收据左下角",
        },
    )


@require_safe
def receipt(request, order_id):
    """收据 as a page that prints well."""
    order = my_order(request, order_id)
    sheet = receipt_of(order)
    address = _address(request, sheet)
    page = {"order": order, "sheet": sheet, "picture": qr_code(address), "check": address}
    return render(request, "student/receipt.html", page)


@require_safe
def receipt_file(request, order_id):
    """收据 as a PDF."""
    sheet = receipt_of(my_order(request, order_id))
    return HttpResponse(
        receipt_pdf(sheet, _address(request, sheet)),
        content_type="application/pdf",
        headers={"Content-Disposition": f'inline; filename="receipt-{sheet.number}.pdf"'},
    )


@require_safe
def verify_receipt(request):
    """收据查验: no signing in; says no more than the paper does, and less of the name."""
    form = CheckForm(request.GET or None)
    page = {"form": form}
    if form.is_valid():
        found = find_receipt(form.cleaned_data["number"], form.cleaned_data["code"])
        page |= {"asked": True, "sheet": found, "name": mask_name(found.name) if found else ""}
    return render(request, "student/verify_receipt.html", page)


def _address(request, sheet) -> str:
    """Where the code is checked, with number and code filled in."""
    path = reverse("student:verify_receipt")
    query = urlencode({"number": sheet.number, "code": sheet.code})
    root = settings.PUBLIC_URL if settings.PRODUCTION else request.build_absolute_uri("/")[:-1]
    return f"{root}{path}?{query}"
