"""What a student enters about themselves."""

from django import forms

from yibao.accounts.email import LONGEST
from yibao.notify.channels import channels
from yibao.people import contact


def _field(label, longest, *, required=False, **attrs):
    return forms.CharField(
        label=label,
        required=required,
        max_length=longest,
        widget=forms.TextInput(attrs=attrs),
        error_messages={
            "required": f"请填写{label}",
            "max_length": f"{label}最多 %(limit_value)d 个字，现在是 %(show_value)d 个",
        },
    )


class ContactForm(forms.Form):
    """联系方式."""

    mobile = _field("手机号", 32, required=True, type="tel", inputmode="tel", autocomplete="tel")
    home_phone = _field(
        "家庭电话", 32, type="tel", inputmode="tel", autocomplete="off", placeholder="0591-88009518"
    )
    home_address = _field(
        "家庭地址", contact.LONGEST_ADDRESS, autocomplete="street-address", enterkeyhint="next"
    )
    postcode = _field(
        "邮编", 12, inputmode="numeric", autocomplete="postal-code", placeholder="350009"
    )
    email = _field(
        "电子邮箱",
        LONGEST,
        type="email",
        inputmode="email",
        autocomplete="email",
        placeholder="name@example.com",
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["email"].help_text = (
            "医保消息也会发到这个邮箱"
            if "mail" in channels()
            else "学校开通邮件发送后，医保消息也会发到这个邮箱"
        )

    def clean(self):
        """Ask the rules; each fault stands at its field."""
        cleaned = super().clean()
        entered = contact.Contact(**{name: cleaned.get(name, "") for name in contact.LABELS})
        for field, sentence in contact.contact_faults(contact.tidy(entered)).items():
            if field not in self.errors:
                self.add_error(field, sentence)
        return cleaned

    @property
    def entered(self):
        """The valid contact data."""
        return contact.Contact(**{name: self.cleaned_data[name] for name in contact.LABELS})
