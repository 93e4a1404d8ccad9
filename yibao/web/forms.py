"""How every Django form looks: one renderer, so that no page dresses its own fields."""

from django import forms
from django.forms.boundfield import BoundField
from django.forms.renderers import DjangoTemplates

# Widgets whose options are drawn one by one and styled by the list around them.
LISTS = (forms.RadioSelect, forms.CheckboxSelectMultiple)


class Field(BoundField):
    """A field whose widget wears the design's classes."""

    def build_widget_attrs(self, attrs, widget=None):
        """Add the class of the widget's kind to what Django says."""
        attrs = super().build_widget_attrs(attrs, widget)
        widget = widget or self.field.widget
        if not widget.is_hidden and not isinstance(widget, LISTS):
            worn = (widget.attrs.get("class", ""), self.kind(widget), self.errors and "is-invalid")
            attrs["class"] = " ".join(name for name in worn if name)
        return attrs

    @staticmethod
    def kind(widget):
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
