"""Where a post stands."""

from django.db import models


class Level(models.TextChoices):
    """岗位级别: whose students a post covers and what it does. Only the first three review."""

    COUNSELOR = "counselor", "辅导员"
    COLLEGE = "college", "学院"
    SCHOOL = "school", "学校"
    FINANCE = "finance", "财务"
    ADMIN = "admin", "系统管理员"
    AUDITOR = "auditor", "审计"


REVIEWING = (Level.COUNSELOR, Level.COLLEGE, Level.SCHOOL)
# Who manages accounts and who reads the trail see no student and hold no post beside it.
ALONE = (Level.ADMIN, Level.AUDITOR)
