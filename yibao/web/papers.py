"""Papers that people hold: the PDF, the address in its QR code, and the form that checks its code."""

from urllib.parse import urlencode

from django import forms
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import reverse


class CheckForm(forms.Form):
    """查验 of a paper by number and code; `paper` is what it is called."""

    number = forms.CharField(
        max_length=40,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
    )
    code = forms.CharField(
        label="校验码",
        max_length=40,
        widget=forms.TextInput(
            attrs={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}
        ),
    )

    def __init__(self, *args, paper: str, **kwargs):
        super().__init__(*args, **kwargs)
        number, code = self.fields["number"], self.fields["code"]
        number.label = f"{paper}编号"
        number.error_messages |= {
            "required": f"请填写{paper}编号",
            "max_length": f"{paper}编号是 18 位数字，请对照{paper}右上角",
        }
        code.error_messages |= {
            "required": "请填写校验码",
            "max_length": f"校验码是 16 位，请对照{paper}左下角",
        }


def check_address(request: HttpRequest, name: str, *, number: str, code: str) -> str:
    """Where a paper is checked, with number and code filled in."""
    root = settings.PUBLIC_URL if settings.PRODUCTION else request.build_absolute_uri("/")[:-1]
    return f"{root}{reverse(name)}?{urlencode({'number': number, 'code': code})}"


def pdf(content: bytes, filename: str) -> HttpResponse:
    """A paper as a file."""
    return HttpResponse(
        content,
        content_type="application/pdf",
        headers={"Content-Disposition": f'inline; filename="{filename}"'},
    )
