"""How forms look and speak: every fault says how to mend it."""

from datetime import date

import pytest
from django import forms
from django.core.files.uploadedfile import SimpleUploadedFile


class PlanForm(forms.Form):
    name = forms.CharField(label="计划名称", max_length=5, help_text="学生看到的名称")
    year = forms.ChoiceField(label="学年", choices=[("2026", "2026 学年")])
    starts = forms.DateField(label="开始日期")
    opens = forms.DateTimeField(label="开始时间", required=False)
    amount = forms.DecimalField(label="参保金额", max_digits=8, decimal_places=2, min_value=0)
    places = forms.IntegerField(label="人数", required=False)
    agreed = forms.BooleanField(label="我已阅读")
    channel = forms.ChoiceField(label="缴费方式", choices=[("c", "现金")], widget=forms.RadioSelect)
    proof = forms.FileField(label="证明")
    note = forms.CharField(label="备注", required=False, error_messages={"max_length": "太长"})
    own = forms.CharField(label="别的", error_messages={"required": "写点什么"})


def faults(**data):
    files = {"proof": data.pop("proof")} if "proof" in data else {}
    return {name: list(said) for name, said in PlanForm(data, files).errors.items()}


def test_an_empty_form_says_what_to_do_at_each_field():
    assert faults() == {
        "name": ["请填写计划名称"],
        "year": ["请选择学年"],
        "starts": ["请填写开始日期"],
        "amount": ["请填写参保金额"],
        "agreed": ["请先勾选“我已阅读”"],
        "channel": ["请选择缴费方式"],
        "proof": ["请上传证明"],
        "own": ["写点什么"],
    }


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("name", "一二三四五六", "最多 5 个字，现在是 6 个，请删短一些"),
        ("year", "1999", "所选内容已不在可选范围内，请重新选择"),
        ("starts", "明天", "请按 2026-09-01 的样式填写日期"),
        ("opens", "明天", "请按 2026-09-01 08:00 的样式填写时间"),
        ("amount", "三百", "请只填写数字，如 380 或 380.50"),
        ("amount", "-1", "不能小于 0，请改大"),
        ("amount", "1.234", "最多 2 位小数，请改正"),
        ("places", "1.5", "请填写整数，如 380"),
        ("proof", SimpleUploadedFile("a.pdf", b""), "文件是空的，请重新选择"),
    ],
)
def test_a_wrong_value_is_told_apart(field, value, sentence):
    assert faults(**{field: value})[field] == [sentence]


def test_one_form_leaves_the_next_alone():
    class Other(forms.Form):
        name = forms.CharField(label="姓名", max_length=2)

    assert faults(name="一二三四五六")["name"] == ["最多 5 个字，现在是 6 个，请删短一些"]
    assert Other({}).errors == {"name": ["请填写姓名"]}
    assert "请填写" not in str(forms.Form.base_fields)


def test_widgets_wear_the_design():
    form = PlanForm({"name": ""})
    assert 'class="form-control is-invalid"' in str(form["name"])
    assert 'aria-invalid="true" aria-describedby="id_name_helptext id_name_error"' in str(
        form["name"]
    )
    assert 'class="form-select is-invalid"' in str(form["year"])
    assert 'class="form-check-input is-invalid"' in str(form["agreed"])
    assert "form-control" not in str(form["channel"])


def test_days_and_times_use_the_browsers_own_chooser():
    form = PlanForm(initial={"starts": date(2026, 9, 1), "opens": date(2026, 9, 1)})
    assert 'type="date" name="starts" value="2026-09-01"' in str(form["starts"])
    assert 'type="datetime-local" name="opens" value="2026-09-01T00:00"' in str(form["opens"])


def test_a_field_shows_label_fault_and_help():
    text = PlanForm({"name": ""})["name"].as_field_group()
    assert '<label class="field-label" for="id_name">计划名称</label>' in text
    assert 'id="id_name_error"' in text
    assert "请填写计划名称" in text
    assert '<p class="field-help" id="id_name_helptext">学生看到的名称</p>' in text
    assert "选填" not in text
    assert '备注<span class="optional">选填</span>' in PlanForm()["note"].as_field_group()
