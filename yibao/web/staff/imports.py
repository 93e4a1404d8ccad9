"""Lists that come in by file: upload, see what it would do, confirm."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_GET, require_POST

from yibao.common import sheets
from yibao.common.sheet_guard import MEGABYTE, MOST_BYTES
from yibao.common.sheet_report import Report
from yibao.enrolment.roster_import import import_and_enlist
from yibao.payments.repricing import import_hardship
from yibao.people.roster import check_roster
from yibao.plans.hardship import check_hardship
from yibao.web.staff import uploads
from yibao.web.staff.import_templates import HARDSHIP, ROSTER, Example

SHOWN_FAULTS = 200
SHOWN_CHANGES = 30
STEPS = ["上传文件", "核对", "写入"]
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@dataclass(frozen=True)
class Kind:
    """One list that can be imported; `key` is part of its URL names."""

    key: str
    label: str
    key_label: str
    about: tuple[str, ...]
    check: Callable[[Path], Report]
    write: Callable[..., Report]
    example: Example

    def address(self, page: str = "", *args: str) -> str:
        """The address of one of its pages."""
        return reverse(f"staff:import_{self.key}{page}", args=args)


KINDS = {
    kind.key: kind
    for kind in (
        Kind(
            "roster",
            "学生名册",
            "学号",
            (
                "学院、专业、班级、辅导员和学生一次导入；没有的新增，有变化的更新，没变化的不动。",
                "空白的单元格不改动原有内容；不在文件中的学生不受影响。",
                "一个班可以有几名辅导员，写在同一格用“、”隔开；文件中写了辅导员的班级，以文件为准。",
                "有任何一处问题，整份文件都不写入。",
            ),
            check_roster,
            import_and_enlist,
            ROSTER,
        ),
        Kind(
            "hardship",
            "贫困生名单",
            "学号",
            (
                "按学年、学号和认定类别识别一条认定；没有的新增，有变化的更新，没变化的不动。",
                "姓名必须与学生名册一致；不在文件中的认定不受影响。",
                "还没有下单的学生立即按新的认定重新计算应缴金额；已下单或已缴费的转为差额，由财务处理。",
                "有任何一处问题，整份文件都不写入。",
            ),
            check_hardship,
            import_hardship,
            HARDSHIP,
        ),
    )
}


class UploadForm(forms.Form):
    """One file. What it holds is judged by its content, on the next page."""

    file = forms.FileField(
        label="文件",
        help_text=f".xlsx 格式，不超过 {MOST_BYTES // MEGABYTE} MB",
        widget=forms.FileInput(attrs={"accept": ".xlsx"}),
        error_messages={"max_length": "文件名太长，请改短后再上传"},
    )

    def clean_file(self) -> Any:
        """Too large a file is not kept at all."""
        file = self.cleaned_data["file"]
        if file.size > MOST_BYTES:
            message = f"文件超过 {MOST_BYTES // MEGABYTE} MB，请删去图片等无关内容后再上传"
            raise forms.ValidationError(message)
        return file


def upload(request, kind):
    """选择文件."""
    chosen = KINDS[kind]
    sent = request.method == "POST"
    form = UploadForm(request.POST, request.FILES) if sent else UploadForm()
    if sent and form.is_valid():
        file = form.cleaned_data["file"]
        token = uploads.keep(file, request.user)
        request.session[f"upload-{token}"] = sheets.tidy(file.name)[:100]
        return redirect(chosen.address("_preview", token))
    page = {"kind": chosen, "form": form, "steps": STEPS}
    return render(request, "staff/imports/upload.html", page)


@require_GET
def template(request, kind):  # noqa: ARG001 - nothing of the request matters
    """下载模板: the columns with two invented lines, and what each column may hold."""
    chosen = KINDS[kind]
    file = BytesIO()
    sheets.write_book(file, chosen.example.sheets(chosen.label))
    return _download(file, f"{chosen.label}模板.xlsx")


@require_GET
def preview(request, kind, token):
    """核对: what the file would do, or everything that is wrong with it."""
    chosen = KINDS[kind]
    report = chosen.check(uploads.find(token, request.user))
    page = {
        "kind": chosen,
        "steps": STEPS,
        "token": token,
        "report": report,
        "file_name": request.session.get(f"upload-{token}", ""),
        "stats": _stats(report),
        "faults": report.errors[:SHOWN_FAULTS],
        "more_faults": max(0, len(report.errors) - SHOWN_FAULTS),
        "columns": Counter(fault.column for fault in report.errors if fault.row).most_common(),
        "changes": report.changes[:SHOWN_CHANGES],
        "more_changes": max(0, len(report.changes) - SHOWN_CHANGES),
    }
    return render(request, "staff/imports/preview.html", page)


@require_GET
def faults(request, kind, token):
    """The file as it came, with a column that names what is wrong in each line."""
    chosen = KINDS[kind]
    report = chosen.check(uploads.find(token, request.user))
    if report.table is None:
        return redirect(chosen.address("_preview", token))
    file = BytesIO()
    sheets.write_with_faults(file, report.table, report.errors)
    return _download(file, f"{chosen.label}-问题.xlsx")


@require_POST
def confirm(request, kind, token):
    """写入."""
    chosen = KINDS[kind]
    report = chosen.write(uploads.find(token, request.user), by=request.user)
    if report.errors:
        messages.error(request, "核对之后数据有变化，文件没有写入，请重新核对")
        return redirect(chosen.address("_preview", token))
    uploads.forget(token, request.user)
    request.session.pop(f"upload-{token}", None)
    messages.success(
        request,
        f"{chosen.label}已导入：新增 {report.added} 条，更新 {report.changed} 条，"
        f"没有变化 {report.unchanged} 条",
    )
    return redirect(chosen.address())


@require_POST
def discard(request, kind, token):
    """不导入了."""
    uploads.forget(token, request.user)
    request.session.pop(f"upload-{token}", None)
    return redirect(KINDS[kind].address())


def _stats(report: Report) -> list[dict[str, Any]]:
    if report.errors:
        lines = len({fault.row for fault in report.errors if fault.row})
        return [
            {"label": "文件中的行", "number": report.rows, "unit": "行"},
            {"label": "问题", "number": len(report.errors), "unit": "处", "tone": "red"},
            {"label": "有问题的行", "number": lines, "unit": "行"},
        ]
    return [
        {"label": "文件中的行", "number": report.rows, "unit": "行"},
        {"label": "新增", "number": report.added, "unit": "条", "tone": "green"},
        {"label": "更新", "number": report.changed, "unit": "条", "tone": "blue"},
        {"label": "没有变化", "number": report.unchanged, "unit": "条"},
    ]


def _download(file: BytesIO, name: str) -> HttpResponse:
    response = HttpResponse(file.getvalue(), content_type=XLSX)
    response.headers["Content-Disposition"] = _attachment(name)
    return response


def _attachment(name: str) -> str:
    return content_disposition_header(as_attachment=True, filename=name) or "attachment"
