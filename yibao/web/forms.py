"""How every Django form looks and speaks: one renderer, so that no page dresses its own fields."""

from typing import Any

from django import forms
from django.forms.boundfield import BoundField
from django.forms.renderers import DjangoTemplates

# Widgets whose options are drawn one by one and styled by the list around them.
LISTS = (forms.RadioSelect, forms.CheckboxSelectMultiple)

# Django's own sentences speak of fields and variables. These say how to mend the fault.
SENTENCES = {
    "max_length": "最多 %(limit_value)d 个字，现在是 %(show_value)d 个，请删短一些",
    "min_length": "至少 %(limit_value)d 个字，现在是 %(show_value)d 个，请补充",
    "max_value": "不能大于 %(limit_value)s，请改小",
    "min_value": "不能小于 %(limit_value)s，请改大",
    "max_decimal_places": "最多 %(max)s 位小数，请改正",
    "max_digits": "数字太长，最多 %(max)s 位，请改正",
    "max_whole_digits": "数字太大，小数点前最多 %(max)s 位，请改正",
    "invalid_choice": "所选内容已不在可选范围内，请重新选择",
    "invalid_pk_value": "所选内容已不在可选范围内，请重新选择",
    "empty": "文件是空的，请重新选择",
    "missing": "没有收到文件，请重新选择",
    "null_characters_not_allowed": "含有看不见的字符，请删去后重新填写",
}
INVALID = {
    forms.DateTimeField: "请按 2026-09-01 08:00 的样式填写时间",
    forms.DateField: "请按 2026-09-01 的样式填写日期",
    forms.DecimalField: "请只填写数字，如 380 或 380.50",
    forms.IntegerField: "请填写整数，如 380",
    forms.FileField: "没有收到文件，请重新选择",
}


def required(field: forms.Field) -> str:
    """What to do about an empty field, by its kind."""
    match field.widget:
        case forms.CheckboxInput():
            return f"请先勾选“{field.label}”"
        case forms.Select() | forms.RadioSelect() | forms.CheckboxSelectMultiple():
            return f"请选择{field.label}"
        case forms.FileInput():
            return f"请上传{field.label}"
        case _:
            return f"请填写{field.label}"


def is_stock(field: forms.Field, code: str) -> bool:
    """Whether a sentence is Django's, not the form author's."""
    given: Any = field.error_messages.get(code)
    stock = (kind.__dict__.get("default_error_messages", {}) for kind in type(field).__mro__)
    return given is None or any(given is sentences.get(code) for sentences in stock)


class Field(BoundField):
    """A field whose widget wears the design's classes and whose faults say what to do."""

    def __init__(self, form, field, name):
        super().__init__(form, field, name)
        # The field is this form's own copy, so nothing leaks into the next form.
        field.label = field.label or self.label
        invalid = next((said for kind, said in INVALID.items() if isinstance(field, kind)), "")
        said = {
            **SENTENCES,
            "required": required(field),
            **({"invalid": invalid} if invalid else {}),
        }
        field.error_messages |= {
            code: sentence for code, sentence in said.items() if is_stock(field, code)
        }
        self._choose_input(field.widget)

    @staticmethod
    def _choose_input(widget):
        """Days and times by the browser's own chooser, which wants the ISO form."""
        if type(widget) is forms.DateInput:
            widget.input_type, widget.format = "date", "%Y-%m-%d"
        elif type(widget) is forms.DateTimeInput:
            widget.input_type, widget.format = "datetime-local", "%Y-%m-%dT%H:%M"

    def build_widget_attrs(self, attrs, widget=None):
        """Add the class of the widget's kind to what Django says."""
        attrs = super().build_widget_attrs(attrs, widget)
        widget = widget or self.field.widget
        if not widget.is_hidden and not isinstance(widget, LISTS):
            worn = (widget.attrs.get("class"), self._kind(widget), self.errors and "is-invalid")
            attrs["class"] = " ".join(name for name in worn if name)
        return attrs

    @staticmethod
    def _kind(widget):
        """The class of a widget's kind."""
        match widget:
            case forms.CheckboxInput():
                return "form-check-input"
            case forms.Select():
                return "form-select"
            case _:
                return "form-control"

    @property
    def is_switch(self):
        """Whether the label stands after the box."""
        return isinstance(self.field.widget, forms.CheckboxInput)


class FormRenderer(DjangoTemplates):
    """Named in settings as FORM_RENDERER."""

    form_template_name = "parts/_form.html"
    field_template_name = "parts/_field.html"
    bound_field_class = Field
