"""The campaign: everybody applies, reviews, pays and hands in; after each act the sums are looked at."""

import re
from collections import Counter
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from functools import cache
from io import BytesIO
from random import Random

from PIL import Image

from tests.story.person import Person
from tests.story.setting import WAYS, School
from tests.story.sums import Sums

AT_ONCE = 4
STAYS_OUT, COMES_LATE, IS_RETURNED, PAYS_ONLINE = 0.08, 0.02, 0.05, 0.15
REASONS = ("已在户籍地参保", "自愿放弃", "学籍不在本校")

Say = Callable[[str], None]


class Campaign:
    """Way A and way B over one roster, with a fate for each student decided by dice."""

    def __init__(self, base_url: str, school: School, seed: int) -> None:
        self.base_url, self.school, self.random = base_url, school, Random(seed)
        self.sums = Sums(school)
        self.acts: Counter[str] = Counter()

    # Students ----------------------------------------------------------------------------
    def everybody_applies(self) -> None:
        """Each student signs in for the first time, chooses a password, applies."""
        on_roll = [s for s in self.school.students if s["学籍状态"] not in ("退学", "毕业")]
        fates = [(s, self.random.random(), self.random.choice(REASONS)) for s in on_roll]
        fates[0] = (on_roll[0], 1.0, "")  # one of each way stays away, whatever the dice say
        fates[-1] = (on_roll[-1], 1.0, "")
        with ThreadPoolExecutor(AT_ONCE) as pool:
            self.acts.update(pool.map(lambda fate: self._applies(*fate), fates))

    def _applies(self, line: dict[str, str], dice: float, reason: str) -> str:
        student = Person(self.base_url, line["学号"], line["姓名"])
        student.sign_in(line["证件号码"][-6:]).open("/")
        if "申请参保" not in student.text:
            return "不在计划内"
        if dice > 1 - COMES_LATE:
            return "未登记"
        student.follow("申请参保")
        if not student.page.xpath("//input[@name='mobile']"):
            return "资料有误"
        student.send(mobile="13905914858")
        if dice < STAYS_OUT:
            self._stays_out(student, reason)
            return "不参保"
        student.send(intent="join").follow("下一步")
        student.send(having="seen").sees("审核中")
        return "参保"

    @staticmethod
    def _stays_out(student: Person, reason: str) -> None:
        for choice in student.page.xpath("//input[@name='reason']"):
            if reason in choice.getparent().text_content():
                student.send(intent="stay_out", reason=choice.get("value"))
                if kinds := student.page.xpath("//input[@name='add']/@value"):
                    photo = f"kind{kinds[0]}-photo"
                    student.upload(student.url, photo, "截图.jpg", a_photo(), add=kinds[0])
                    student.send(go="next")
                student.send(read="on", manner="typed", typed=student.name).sees("审核中")
                return
        student.sees(reason)

    def some_are_returned_and_come_back(self) -> int:
        """Counselors send some back; the students look at the reason, correct and submit again."""
        returned = []
        for person in self.school.counselors.values():
            for way, key in self.school.plans.items():
                address = f"/staff/reviews/?plan={key}&size=100"
                rows = person.open(address).page.xpath("//tr[@data-pk]")
                if WAYS[way].name not in person.text:
                    continue  # none of the person's students are in this plan
                chosen = [row for row in rows if self.random.random() < IS_RETURNED]
                if not chosen:
                    continue
                pks = [row.get("data-pk") for row in chosen]
                person.post(address, do="run", action="send_back", pk=pks, comment="请核对手机号")
                left = set(person.open(address).page.xpath("//tr/@data-pk"))
                assert not left & set(pks), (person.name, address)
                cells = [row.xpath(".//td[@data-label='学号']")[0] for row in chosen]
                returned += [cell.text_content().strip() for cell in cells]
        with ThreadPoolExecutor(AT_ONCE) as pool:
            list(pool.map(self._comes_back, returned))
        return len(returned)

    def _comes_back(self, number: str) -> None:
        student = Person(self.base_url, number).sign_in().open("/").sees("请核对手机号")
        student.follow("去修改").send(mobile="13905914858").send(having="intent")
        if student.page.xpath("//input[@name='add']"):  # what was shown before is still there
            student.send(go="next")
        if student.page.xpath("//a[normalize-space()='下一步']"):
            student.follow("下一步")
        if student.page.xpath("//input[@name='typed']"):
            name = student.find(r"本人(.+?)，学号")
            student.send(read="on", manner="typed", typed=name).sees("审核中")
            return
        student.send(having="seen").sees("审核中")

    # Staff -------------------------------------------------------------------------------
    def review(self, people: Iterable[Person], way: str) -> int:
        """Each approves all that waits; returns how many people had something to do."""
        busy = 0
        for person in people:
            address = f"/staff/reviews/?plan={self.school.plans[way]}"
            person.open(address)
            if WAYS[way].name not in person.text or "没有等待您审核的申请" in person.text:
                continue
            person.post(address, do="run", action="approve", all="1", comment="同意")
            person.open(address).sees("没有等待您审核的申请")
            busy += 1
        return busy

    # Money -------------------------------------------------------------------------------
    def some_pay_online(self) -> int:
        """A share of those who owe go to the cashier themselves."""
        owing = self._owing()
        online = [n for n in owing if self.random.random() < PAYS_ONLINE]
        with ThreadPoolExecutor(AT_ONCE) as pool:
            list(pool.map(self._pays, online))
        return len(online)

    def _pays(self, number: str) -> None:
        student = Person(self.base_url, number).sign_in().open("/")
        student.press("在线缴费").send(channel="sandbox").follow("打开收银台").sees(
            "手机支付账户付款"
        )
        student.send(phone="13905914858", password="123456").sees("支付成功").follow("返回商户")
        student.sees("已缴费")

    def _owing(self) -> list[str]:
        """Student numbers of the list of those who owe, page by page."""
        numbers: list[str] = []
        for key in self.school.plans.values():
            for page in range(1, 10_000):
                address = f"/staff/enrolments/?plan={key}&f=status.awaiting_payment&size=100"
                office = self.school.office.open(f"{address}&page={page}")
                found = office.page.xpath("//td[@data-label='学号']")
                numbers += [cell.text_content().strip() for cell in found]
                if len(found) < 100:
                    break
        return numbers

    def the_rest_pay_cash(self) -> int:
        """Each counselor takes cash from all who still owe; returns how many counselors did."""
        busy = 0
        for person in self.school.counselors.values():
            for way, key in self.school.plans.items():
                address = f"/staff/cash/?plan={key}"
                person.open(address)
                if WAYS[way].name not in person.text or "没有待缴费的学生" in person.text:
                    continue
                person.post(address, do="run", action="take", all="1")
                person.open(address).sees("没有待缴费的学生")
                busy += 1
        return busy

    # Rates -------------------------------------------------------------------------------
    def rates_are_blocked(self) -> None:
        """As long as somebody is unregistered, no grade with such a student can be handed in."""
        key = self.school.plans["B"]
        for person in self.school.counselors.values():
            person.open(f"/staff/rates/grades/?plan={key}")
            if "未登记人数为 0 后才能提交" in person.text:
                return
        raise AssertionError("nobody's rate was blocked although students are unregistered")

    def counselors_register_the_rest(self, way: str) -> int:
        """代登记: whoever did not come is registered by a counselor; then reviewed like anybody."""
        done = 0
        key = self.school.plans[way]
        for person in self.school.counselors.values():
            address = f"/staff/unregistered/?plan={key}&size=100"
            cells = person.open(address).page.xpath("//td[@data-label='学号']")
            if WAYS[way].name not in person.text:
                continue
            for number in [cell.text_content().strip() for cell in cells]:
                person.open(f"/staff/enrolments/register/?plan={key}")
                person.post("/staff/enrolments/register/", plan=str(key), q=number)
                person.open(person.page.xpath("//*[@class='found']//a/@href")[0])
                if "现在不能登记" in person.text:
                    self._is_not_needed(person, key, number)
                else:
                    person.send(intent="join", consent="电话确认")
                done += 1
        return done

    @staticmethod
    def _is_not_needed(person: Person, key: int, number: str) -> None:
        """参保管理: whose master data are faulty does not hold the whole grade back."""
        address = f"/staff/requirements/?plan={key}&q={number}"
        pks = person.open(address).page.xpath("//tr/@data-pk")
        person.post(address, do="run", action="not_needed", pk=pks, note="资料待更正，另行办理")

    def rates_go_up(self) -> str:
        """Grades hand in, colleges accept and hand in, the school accepts; returns the rate."""
        key = self.school.plans["B"]
        handed_in = self._hand_in(
            self.school.counselors.values(), f"/staff/rates/grades/?plan={key}"
        )
        for officer in self.school.officers.values():
            address = f"/staff/rates/grades/?plan={key}"
            officer.open(address)
            if officer.page.xpath("//tr[@data-pk]"):
                officer.post(address, do="run", action="accept", all="1", opinion="同意")
        colleges = f"/staff/rates/colleges/?plan={key}"
        up = self._hand_in(self.school.officers.values(), colleges)
        self.school.office.open(colleges)
        self.school.office.post(colleges, do="run", action="accept", all="1", opinion="同意")
        self.school.office.open(f"/staff/rates/school/?plan={key}")
        head, *rows = self.school.office.table()
        whole = dict(zip(head, rows[-1], strict=True))
        assert whole["上报状态"] == f"{up} / {up} 个学院已通过", whole
        then, now = whole["上报时在校 / 综合"], (whole["在校参保率"], whole["综合参保率"])
        assert tuple(then.split(" / ")) == now, whole
        return f"{handed_in} grades, {up} colleges, 在校参保率 {whole['在校参保率']}"

    @staticmethod
    def _hand_in(people: Iterable[Person], address: str) -> int:
        done = 0
        for person in people:
            while True:
                person.open(address)
                forms = [f for f in person.page.forms if "/hand-in/" in (f.get("action") or "")]
                if not forms:
                    break
                person.post(forms[0].get("action")).sees("已提交")
                done += 1
        return done

    def money_adds_up(self) -> str:
        """缴费统计: by type, by channel and by unit the same sums, and the receipts of cash."""
        said = []
        cash = Decimal(0)
        for person in self.school.counselors.values():
            person.open("/staff/cash/book/")
            found = re.search(r"实缴金额合计 ?¥([0-9,.]+)", person.text)
            cash += yuan(found.group(1)) if found else 0
        told = Decimal(0)
        for way, key in self.school.plans.items():
            office = self.school.office.open(f"/staff/statistics/payments/?plan={key}")
            by_type, by_channel, by_unit = (office.table(place) for place in range(3))
            head, whole = by_type[0], by_type[-1]
            sums = {name: yuan(whole[head.index(name)]) for name in ("应缴", "实缴", "待缴")}
            assert sums["应缴"] == sums["实缴"] + sums["待缴"], sums
            for table in (by_type, by_unit):
                paid = [yuan(row[table[0].index("实缴")]) for row in table[1:-1]]
                assert sum(paid) == sums["实缴"], (table[0], paid, sums)
            assert yuan(by_channel[-1][-1]) == sums["实缴"], by_channel
            assert sums["待缴"] == 0, sums
            told += sum(yuan(row[-1]) for row in by_channel[1:-1] if row[0] == "现金")
            said.append(f"{way} 应缴 {sums['应缴']} 实缴 {sums['实缴']}")
        assert told == cash, (told, cash)
        return ", ".join([*said, f"现金 {cash}"])


@cache
def a_photo() -> bytes:
    """What a camera sends."""
    target = BytesIO()
    Image.new("RGB", (900, 1200), "#c8d4e8").save(target, "JPEG")
    return target.getvalue()


def yuan(text: str) -> Decimal:
    """An amount as a page shows it."""
    return Decimal(text.replace("¥", "").replace(",", "").strip() or 0)
