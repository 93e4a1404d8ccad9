"""Code tables of the roster.

Sources: GB/T 2261.1 (sex), GB/T 3304 (ethnicity), the education authorities' 学籍 list (document
types); the bureau's own codes are mapped when files are made.
"""

from django.db.models import TextChoices


class Sex(TextChoices):
    """性别 by GB/T 2261.1-2003."""

    MALE = "1", "男"
    FEMALE = "2", "女"


class DocumentType(TextChoices):
    """证件类型 as a school's roster has them."""

    ID_CARD = "1", "居民身份证"
    HONG_KONG = "6", "港澳居民来往内地通行证"
    TAIWAN = "8", "台湾居民来往大陆通行证"
    RESIDENCE_PERMIT = "9", "港澳台居民居住证"
    PASSPORT = "A", "外国护照"
    PERMANENT_RESIDENCE = "C", "外国人永久居留身份证"


class Origin(TextChoices):
    """国籍或地区: where somebody is from, as far as the document tells."""

    MAINLAND = "mainland", "中国大陆"
    HMT = "hmt", "港澳台"
    FOREIGN = "foreign", "外国"


DOCUMENTS = {
    # Who has no document type yet is most likely from here, and must not be lost meanwhile.
    Origin.MAINLAND: (DocumentType.ID_CARD, ""),
    Origin.HMT: (DocumentType.HONG_KONG, DocumentType.TAIWAN, DocumentType.RESIDENCE_PERMIT),
    Origin.FOREIGN: (DocumentType.PASSPORT, DocumentType.PERMANENT_RESIDENCE),
}
ORIGINS = {document: origin for origin, documents in DOCUMENTS.items() for document in documents}


class TrainingLevel(TextChoices):
    """培养层次."""

    COLLEGE = "college", "专科"
    BACHELOR = "bachelor", "本科"
    MASTER = "master", "硕士"
    DOCTOR = "doctor", "博士"


UNDERGRADUATE = (TrainingLevel.COLLEGE, TrainingLevel.BACHELOR)
POSTGRADUATE = (TrainingLevel.MASTER, TrainingLevel.DOCTOR)


class RosterStatus(TextChoices):
    """学籍状态. The first two are in school; 休学 and 保留学籍 stay on the roll."""

    ACTIVE = "active", "在读"
    SUSPENDED = "suspended", "休学"
    RETAINED = "retained", "保留学籍"
    GRADUATED = "graduated", "毕业"
    WITHDRAWN = "withdrawn", "退学"


ON_ROLL = (RosterStatus.ACTIVE, RosterStatus.SUSPENDED, RosterStatus.RETAINED)

ETHNICITIES = tuple(
    "汉 蒙古 回 藏 维吾尔 苗 彝 壮 布依 朝鲜 满 侗 瑶 白 土家 哈尼 哈萨克 傣 黎 傈僳 佤 畲 高山 拉祜 水 "
    "东乡 纳西 景颇 柯尔克孜 土 达斡尔 仫佬 羌 布朗 撒拉 毛南 仡佬 锡伯 阿昌 普米 塔吉克 怒 乌孜别克 "
    "俄罗斯 鄂温克 德昂 保安 裕固 京 塔塔尔 独龙 鄂伦春 赫哲 门巴 珞巴 基诺".split()
)
