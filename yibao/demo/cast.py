"""The people of the invented university who are met by name."""

SCHOOL_OFFICERS = (("9001", "周明"), ("9002", "何敏"))
FINANCE_OFFICERS = (("9011", "钱芳"), ("9012", "孙立"))
ADMINISTRATOR = ("9021", "郑海峰")
AUDITOR = ("9031", "冯岚")
# College officers are 9101, 9102 … in the order of the colleges; the others get a drawn name.
COLLEGE_OFFICERS = ("徐建华", "赵丽娟")
# Officer of the second college, and counselor of a class of the first.
TWO_POSTS = ("9102", "赵丽娟")
COUNSELOR = "李静"
POSTGRADUATE_COUNSELOR = "陈思远"
STUDENT = "王晓芳"

PASSWORD = "demo-2026"  # noqa: S105 - stands on the screen; the accounts are invented


def college_officer_no(place: int) -> str:
    """The staff number of the officer of the n-th college, from 0."""
    return str(9101 + place)
