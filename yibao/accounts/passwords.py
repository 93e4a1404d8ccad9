"""What a password must be. What the roster knows of a person is asked in people/passwords.py."""

from django.contrib.auth.password_validation import CommonPasswordValidator
from django.core.exceptions import ValidationError

SHORTEST = 8
LONGEST = 128
# A fragment this short occurs in good passwords by chance.
SHORTEST_FRAGMENT = 4


def squeeze(text: str) -> str:
    """Text as it is compared: without case, spaces and the usual separators."""
    return "".join(text.casefold().split()).replace("-", "").replace("_", "").replace(".", "")


def is_made_of(password: str, known: str) -> bool:
    """Whether a password is little more than something known: it, or it with a few additions."""
    password, known = squeeze(password), squeeze(known)
    if len(known) < SHORTEST_FRAGMENT:
        return password == known
    return known in password and len(password) - len(known) < SHORTEST


class LongEnough:
    """At least eight characters of any kind."""

    def validate(self, password, user=None):  # noqa: ARG002 - Django's signature
        """Refuse what is too short."""
        if len(password) < SHORTEST:
            reason = f"密码至少 {SHORTEST} 个字符，现在是 {len(password)} 个，请再加长一些"
            raise ValidationError(reason)
        if len(set(password)) < SHORTEST_FRAGMENT:
            raise ValidationError("密码里重复的字符太多，请换得更丰富一些")

    def get_help_text(self):
        """The rule in words."""
        return f"至少 {SHORTEST} 个字符，字母、数字、符号、空格、汉字都可以"


class NotCommon(CommonPasswordValidator):
    """Not one of the twenty thousand passwords that are tried first."""

    def validate(self, password, user=None):  # noqa: ARG002 - Django's signature
        """Refuse what everybody uses."""
        if squeeze(password) in self.passwords or password.lower().strip() in self.passwords:
            raise ValidationError(
                "这个密码太常见，容易被猜到，请换一个，例如几个不相关的词连在一起"
            )

    def get_help_text(self):
        """The rule in words."""
        return "不能是常见密码，如 12345678、password1"


class NotOwnName:
    """Neither the number the person signs in with nor their name."""

    def validate(self, password, user=None):
        """Refuse what stands on every list."""
        if user is None:
            return
        if is_made_of(password, user.username):
            raise ValidationError("密码不能由学号/工号构成，同学和同事都知道它，请换一个")
        if is_made_of(password, user.name):
            raise ValidationError("密码不能由姓名构成，请换一个")

    def get_help_text(self):
        """The rule in words."""
        return "不能由学号/工号、姓名构成"
