"""Who can sign in. What they may see comes from their posts (people/scope.py)."""

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.db import models

from yibao.common.fields import EncryptedText


class Language(models.TextChoices):
    """语言: in which a student reads their pages; staff read Chinese."""

    CHINESE = "zh", "中文"
    ENGLISH = "en", "English"


class UserManager(BaseUserManager["User"]):
    """Finds people by the number they sign in with."""

    def create_user(self, username: str, name: str = "", password: str | None = None) -> "User":
        """Make an account; without a password nobody can sign in to it yet."""
        user = self.model(username=username, name=name or username)
        user.set_password(password)
        user.save(using=self._db)
        return user


class User(AbstractBaseUser):
    """账号: a person who can sign in, by student number or staff number."""

    username = models.CharField("学号/工号", max_length=32, unique=True)
    name = models.CharField("姓名", max_length=60)
    is_active = models.BooleanField("启用", default=True)
    must_change_password = models.BooleanField("须修改密码", default=False)
    email = EncryptedText("电子邮箱")
    language = models.CharField(
        "语言", max_length=2, choices=Language, default="", db_default="", blank=True
    )
    created_at = models.DateTimeField("创建时间", auto_now_add=True)

    objects = UserManager()

    USERNAME_FIELD = "username"
    REQUIRED_FIELDS = ["name"]

    def __str__(self):
        return self.name
