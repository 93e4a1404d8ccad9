"""收据: on the screen, as a PDF, and checked by anybody who holds one."""

from django.shortcuts import render
from django.views.decorators.http import require_safe

from yibao.payments.receipts import find_receipt, receipt_of, receipt_pdf
from yibao.people.identity import mask_name
from yibao.web.checkout import qr_code
from yibao.web.english import reads_english
from yibao.web.papers import CheckForm, check_address, pdf
from yibao.web.student.mine import my_order


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
    paper = receipt_pdf(sheet, _address(request, sheet), english=reads_english(request))
    return pdf(paper, f"receipt-{sheet.number}.pdf")


@require_safe
def verify_receipt(request):
    """收据查验: no signing in; says no more than the paper does, and less of the name."""
    form = CheckForm(request.GET or None, paper="收据")
    page = {"form": form, "paper": "收据"}
    if form.is_valid():
        found = find_receipt(form.cleaned_data["number"], form.cleaned_data["code"])
        page |= {"asked": True, "found": found, "name": mask_name(found.name) if found else ""}
    return render(request, "student/verify_receipt.html", page)


def _address(request, sheet) -> str:
    return check_address(request, "student:verify_receipt", number=sheet.number, code=sheet.code)
