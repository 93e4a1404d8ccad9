"""Names, documents, addresses and telephone numbers of people who do not exist."""

from datetime import date, timedelta
from random import Random

from yibao.people.codes import ETHNICITIES
from yibao.people.identity import check_character

SURNAMES = "陈林黄张李王吴刘郑杨蔡叶许苏谢周曾洪庄江罗何赖潘邱方余胡朱徐廖高游曹郭魏卢施柯萧连"
RARE_SURNAMES = ("欧阳", "上官", "司徒", "诸葛", "令狐", "仝", "逄", "乜")
MALE = "浩宇|子轩|俊杰|志强|明哲|嘉豪|晨阳|泽宇|文博|建宏|思源|天佑|家辉|伟杰|鑫|昊天|博文|俊熙|凯|鹏飞|梓睿|宇航|一鸣|景行|锦程|铭|嘉懿|煜城|懿轩|烨伟|弘文|振海|育恒|立群|子默|瑾瑜|皓轩|霖|沐辰|承泽|国栋|毅|奕辰|展鹏|君浩|炳坤|则徐|汝霖|星驰|海涛".split(
    "|"
)
FEMALE = "诗涵|雨欣|佳怡|思琪|梦瑶|欣妍|晓彤|静雯|雅婷|子萱|可欣|语嫣|婉清|若兰|丽娜|淑贤|芷若|心怡|佩玲|慧敏|嘉欣|雪|琳|楠|婧|紫涵|梓涵|一诺|依诺|馨予|舒雅|晨曦|诗琪|雨桐|欣然|艺涵|若溪|沁怡|静怡|美玲|秀英|月华|颖|菲|晓燕|宛瑜|如意|映雪|采薇|灵犀".split(
    "|"
)
RARE = ("㛃妤", "䶮", "𬭎", "㼆", "堃", "犇", "翀")
UYGHUR_MALE = ("买买提·艾力", "阿卜杜拉·吐尔逊", "艾克拜尔·亚森", "努尔麦麦提·伊敏")
UYGHUR_FEMALE = (
    "阿依古丽·买买提",
    "古丽娜尔·艾合买提",
    "迪丽努尔·吾斯曼",
    "热依汗古丽·阿卜杜热合曼",
)
HONG_KONG_MALE = ("梁家豪", "何嘉俊", "黄子聪", "陈柏熙")
HONG_KONG_FEMALE = ("陈咏琪", "黄凯琳", "李乐怡", "何晓晴")
FOREIGN = (
    ("NGUYEN THI LAN", "2"),
    ("SOMCHAI PHROMPHAN", "1"),
    ("AMINA ABDULLAHI YUSUF", "2"),
    ("PHAM VAN DUC", "1"),
    ("SITI NURHALIZA BINTI AHMAD", "2"),
    ("KEO SOPHEAK", "1"),
    ("ALEXANDRA IVANOVA", "2"),
    ("MUHAMMAD BILAL KHAN", "1"),
)
HAN_SHARE = 0.93
COMMON_MINORITIES = ("畲", "回", "满", "壮", "土家", "苗", "藏", "蒙古", "侗", "彝")

# Six digits of GB/T 2260 and what they stand for; near ones come more often.
NEAR = {
    "350102": "福建省福州市鼓楼区", "350103": "福建省福州市台江区", "350104": "福建省福州市仓山区",
    "350111": "福建省福州市晋安区", "350121": "福建省福州市闽侯县", "350122": "福建省福州市连江县",
    "350181": "福建省福州市福清市", "350203": "福建省厦门市思明区", "350302": "福建省莆田市城厢区",
    "350503": "福建省泉州市丰泽区", "350521": "福建省泉州市惠安县", "350582": "福建省泉州市晋江市",
    "350602": "福建省漳州市芗城区", "350802": "福建省龙岩市新罗区", "350902": "福建省宁德市蕉城区",
}  # fmt: skip
FAR = {
    "110105": "北京市朝阳区", "120101": "天津市和平区", "130102": "河北省石家庄市长安区",
    "140105": "山西省太原市小店区", "150102": "内蒙古自治区呼和浩特市新城区",
    "210202": "辽宁省大连市中山区", "220102": "吉林省长春市南关区", "230102": "黑龙江省哈尔滨市道里区",
    "310115": "上海市浦东新区", "320106": "江苏省南京市鼓楼区", "330302": "浙江省温州市鹿城区",
    "340104": "安徽省合肥市蜀山区", "360102": "江西省南昌市东湖区", "360702": "江西省赣州市章贡区",
    "370202": "山东省青岛市市南区", "410102": "河南省郑州市中原区", "420106": "湖北省武汉市武昌区",
    "430102": "湖南省长沙市芙蓉区", "440103": "广东省广州市荔湾区", "450103": "广西壮族自治区南宁市青秀区",
    "460105": "海南省海口市秀英区", "500103": "重庆市渝中区", "510104": "四川省成都市锦江区",
    "520102": "贵州省贵阳市南明区", "530102": "云南省昆明市五华区", "540102": "西藏自治区拉萨市城关区",
    "610102": "陕西省西安市新城区", "620102": "甘肃省兰州市城关区", "630102": "青海省西宁市城东区",
    "640104": "宁夏回族自治区银川市兴庆区", "650102": "新疆维吾尔自治区乌鲁木齐市天山区",
}  # fmt: skip
NEAR_SHARE = 0.65
STREETS = (
    "文化路 学府路 江滨大道 五四路 工业路 朝阳路 人民路 解放路 湖滨路 科技路 建设街 新华街".split()
)
PHONE_STARTS = (
    "130 131 135 136 137 138 139 150 151 152 157 158 159 177 180 181 186 187 188 189 199".split()
)


class Registrar:
    """Gives out names and numbers; never the same document twice."""

    def __init__(self, random: Random):
        self.random = random
        self.taken: set[str] = set()

    def name(self, sex: str) -> str:
        """A name as today's students have them."""
        pick, chance = self.random, self.random.random()
        surname = pick.choice(RARE_SURNAMES) if chance < 0.01 else pick.choice(SURNAMES)
        if chance > 0.996:
            return surname + pick.choice(RARE)
        return surname + pick.choice(MALE if sex == "1" else FEMALE)

    def ethnicity(self) -> str:
        """As on the document; most are Han."""
        pick = self.random
        if pick.random() < HAN_SHARE:
            return "汉族"
        return pick.choice(COMMON_MINORITIES if pick.random() < 0.8 else ETHNICITIES[1:]) + "族"

    def born(self, grade: int, age: int) -> date:
        """A birth date that fits the year of entry."""
        first = date(grade - age - 1, 9, 1)
        return first + timedelta(days=self.random.randrange(365))

    def citizen(self, area: str, born: date, sex: str) -> str:
        """An 18-digit number with the right check character."""
        while True:
            order = self.random.randrange(0, 999, 2) + (1 if sex == "1" else 0)
            first = f"{area}{born:%Y%m%d}{order:03d}"
            if first not in self.taken:
                self.taken.add(first)
                return first + check_character(first)
            born += timedelta(days=1)

    def unique(self, start: str, digits: int) -> str:
        """A document number with a letter or nothing in front."""
        while True:
            number = f"{start}{self.random.randrange(10**digits):0{digits}d}"
            if number not in self.taken:
                self.taken.add(number)
                return number

    def area(self) -> str:
        """Where somebody is from."""
        near = self.random.random() < NEAR_SHARE
        return self.random.choice(list(NEAR if near else FAR))

    def address(self, area: str) -> str:
        """A street that may exist anywhere."""
        pick = self.random
        place = NEAR.get(area) or FAR[area]
        return f"{place}{pick.choice(STREETS)}{pick.randrange(1, 400)}号{pick.randrange(1, 30)}栋"

    def mobile(self) -> str:
        """Eleven digits."""
        return f"{self.random.choice(PHONE_STARTS)}{self.random.randrange(10**8):08d}"
