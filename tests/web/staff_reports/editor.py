"""Fill in the plan editor as a browser would, and read its faults."""

from datetime import datetime

from django.urls import reverse
from django.utils.timezone import make_aware

UNPROCESSABLE = 422


def edit(plan, key):
    return reverse("staff:plan_edit", args=[plan.pk, key])


def fields_of(client, address):
    """What the page's forms would send as they stand."""
    context = client.get(address).context
    data = {"mark": context["mark"]}
    forms = [context["form"]] if context["form"] else []
    rows = context["rows"]
    if rows is not None:
        data[f"{rows.prefix}-TOTAL_FORMS"] = str(len(rows.forms))
        data[f"{rows.prefix}-INITIAL_FORMS"] = str(len(rows.forms))
        forms += rows.forms
    for form in forms:
        for field in form:
            value = field.value()
            shown = field.field.widget.format_value(value) if value is not None else ""
            if isinstance(value, bool):
                shown = "on" if value else None
            if shown not in (None, []):
                data[field.html_name] = shown
    return data


def save(client, plan, key, **changes):
    """Open a section, change something, save."""
    data = fields_of(client, edit(plan, key)) | changes
    return client.post(edit(plan, key), {k: v for k, v in data.items() if v is not None})


def faults(response):
    """Every sentence that the page says, by the field it stands at."""
    assert response.status_code == UNPROCESSABLE, response.status_code
    form, rows = response.context["form"], response.context["rows"]
    forms = ([form] if form else []) + (rows.forms if rows is not None else [])
    found = {
        f"{one.prefix}-{name}" if one.prefix else name: list(errors)
        for one in forms
        for name, errors in one.errors.items()
    }
    return found | ({"": list(rows.non_form_errors())} if rows and rows.non_form_errors() else {})


def at(text):
    return make_aware(datetime.fromisoformat(text))
