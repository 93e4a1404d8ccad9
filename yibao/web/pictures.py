"""Photos on pages: the field that takes one in, and the answer that shows one."""

from uuid import UUID

from django import forms
from django.core.exceptions import ValidationError
from django.http import HttpResponse

from yibao.common import pictures
from yibao.common.errors import Refused
from yibao.common.models import Picture

# iPhones make JPEG of HEIC for a page that asks for these.
ACCEPTED = "image/jpeg,image/png,image/webp"


class PictureInput(forms.FileInput):
    """A file, or the name of one that was sent in before and waits."""

    template_name = "parts/_picture_input.html"
    waiting: Picture | None = None

    def __init__(self, attrs=None):
        super().__init__({"accept": ACCEPTED, "data-picture": "", **(attrs or {})})

    def value_from_datadict(self, data, files, name):
        """Both: the new file counts, the waiting one is kept if there is none."""
        return files.get(name), data.get(f"{name}-kept", "")

    def value_omitted_from_data(self, data, files, name):
        """Neither."""
        return name not in files and f"{name}-kept" not in data

    def get_context(self, name, _value, attrs):
        """With what was sent in before, so that a faulty form need not be sent its photo again."""
        context = super().get_context(name, None, attrs)
        context["widget"] |= {"waiting": self.waiting}
        if self.waiting:
            context["widget"]["required"] = False
            context["widget"]["attrs"].pop("required", None)
        return context


class PictureField(forms.FileField):
    """One photo as evidence; its clean value is a `Picture` that waits, or None.

    The form says whose it is: `self.fields["proof"].by = user`.
    """

    widget = PictureInput

    def __init__(self, *, by=None, **kwargs):
        super().__init__(**kwargs)
        self.by = by

    def bound_data(self, _data, _initial):
        """Nothing: a browser is never sent its file back."""

    def clean(self, value, _initial=None) -> Picture | None:
        """Taken in at once: what is wrong with a photo stands at the field, the rest is kept."""
        file, name = value or (None, "")
        found = self._waiting(name)
        self.widget.waiting = found
        if file is not None:
            try:
                found = pictures.keep(file, by=self.by)
            except Refused as refusal:
                raise ValidationError(str(refusal)) from refusal
            self.widget.waiting = found
        if found is None and name:
            raise ValidationError("之前上传的图片已过期，请重新选择")
        if found is None and self.required:
            raise ValidationError(self.error_messages["required"])
        return found

    def has_changed(self, _initial, data):
        """Whether there is anything."""
        return any(data or ())

    def _waiting(self, name: str) -> Picture | None:
        try:
            return pictures.waiting(UUID(name), by=self.by) if name else None
        except ValueError:
            return None


def shown(picture: Picture, *, small: bool = False) -> HttpResponse:
    """The photo itself. Whoever calls this has asked whether the viewer may see it."""
    return HttpResponse(
        pictures.small(picture) if small else picture.content,
        content_type="image/jpeg",
        headers={
            "Content-Disposition": f'inline; filename="{picture.public_id}.jpg"',
            "Cache-Control": "no-store",
            "X-Content-Type-Options": "nosniff",
            "Content-Security-Policy": "default-src 'none'; sandbox",
            "Cross-Origin-Resource-Policy": "same-origin",
        },
    )
