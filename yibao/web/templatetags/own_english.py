"""In templates: whether something of a plan stays Chinese for who reads English."""

from django import template

from yibao.plans.english import lacking
from yibao.plans.models import InsurancePlan

register = template.Library()


@register.filter
def stays_chinese(plan: InsurancePlan) -> bool:
    """Asked on English pages only, since it reads all parts of the plan."""
    return bool(lacking(plan))
