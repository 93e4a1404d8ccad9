"""The personal data a student confirmed when submitting, kept as they were that day."""

from yibao.people.models import Student


def snapshot(student: Student) -> dict[str, str]:
    """Field label → value as shown; sealed when stored, since it holds the full ID number."""
    group = student.class_group
    return {
        "学号": student.student_no,
        "姓名": student.name,
        "性别": student.get_sex_display(),
        "民族": student.ethnicity,
        "证件类型": student.get_document_type_display(),
        "证件号码": student.id_number,
        "出生日期": str(student.birth_date or ""),
        "学院": group.major.college.name,
        "专业": group.major.name,
        "年级": str(group.grade),
        "班级": group.name,
        "入学时间": str(student.entered_on or ""),
        "拟毕业时间": str(student.graduates_on or ""),
        "手机号": student.mobile,
        "家庭电话": student.home_phone,
        "家庭地址": student.home_address,
        "邮编": student.postcode,
    }
