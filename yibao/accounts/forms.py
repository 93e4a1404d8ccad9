"""What people type to sign in and to change their password."""

from django import forms
from django.contrib.auth.password_validation import validate_password

from yibao.accounts.passwords import LONGEST


def password_field(label, autocomplete, **more):
    """A password: kept exactly as typed, spaces included."""
    return forms.CharField(
        label=label,
        strip=False,
        max_length=LONGEST,
        widget=forms.PasswordInput(attrs={"autocomplete": autocomplete, "data-reveal": ""}),
        error_messages={"required": f"请填写{label}"},
        **more,
    )


class SignInForm(forms.Form):
    """登录."""

    username = forms.CharField(
        label="学号/工号",
        max_length=32,
        widget=forms.TextInput(
            attrs={
                "autocomplete": "username",
                "autocapitalize": "none",
                "spellcheck": "false",
                "autofocus": True,
            }
        ),
        error_messages={"required": "请填写学号或工号"},
    )
    password = password_field("密码", "current-password")


class NewPasswordForm(forms.Form):
    """The first own password, in place of the initial one."""

    new_password = password_field("新密码", "new-password")
    repeated = password_field("再次输入新密码", "new-password")

    def __init__(self, *args, user, **kwargs):
        super().__init__(*args, **kwargs)
        self.user = user

    def clean_new_password(self):
        """Ask the rules."""
        password = self.cleaned_data["new_password"]
        validate_password(password, self.user)
        if self.user.check_password(password):
            raise forms.ValidationError("新密码与现在的密码相同，请换一个")
        return password

    def clean(self):
        """Both must be the same; the fault stands at the second."""
        super().clean()
        first = self.cleaned_data.get("new_password")
        second = self.cleaned_data.get("repeated")
        if first and second and first != second:
            self.add_error("repeated", "两次输入的新密码不一样，请重新输入")
        return self.cleaned_data


class ChangePasswordForm(NewPasswordForm):
    """修改密码: whoever finds a screen unlocked does not know the present one."""

    old_password = password_field("现在的密码", "current-password")

    field_order = ("old_password", "new_password", "repeated")

    def clean_old_password(self):
        """Must be the present one."""
        password = self.cleaned_data["old_password"]
        if not self.user.check_password(password):
            raise forms.ValidationError("现在的密码不正确，请重新输入")
        return password
