"""The campaign: everybody applies, reviews, pays and hands in; after each act the sums are looked at."""

from collections import Counter
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from random import Random

from tests.story.person import Person
from tests.story.setting import School

AT_ONCE = 4
STAYS_OUT, COMES_LATE, IS_RETURNED, PAYS_ONLINE = 0.08, 0.02, 0.05, 0.15
REASONS = ("已在户籍地参保", "自愿放弃", "学籍不在本校")

Say = Callable[[str], None]


class Campaign:
    """Way A and way B over one roster, with a fate for each student decided by dice."""

    def __init__(self, base_url: str, school: School, seed: int) -> None:
        self.base_url, self.school, self.random = base_url, school, Random(seed)
        self.acts: Counter[str] = Counter()

    # Students ----------------------------------------------------------------------------
    def everybody_applies(self) -> None:
        """Each student signs in for the first time, chooses a password, applies."""
        on_roll = [s for s in self.school.students if s["学籍状态"] not in ("退学", "毕业")]
        fates = [(s, self.random.random(), self.random.choice(REASONS)) for s in on_roll]
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
        if "联系辅导员更正" in student.text or "有误" in student.text:
            return "资料有误"
        student.send(having="mobile")
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
                student.send(having="seen").sees("审核中")
                return
        raise AssertionError(f"{student.name}: no reason “{reason}”")

    # Staff -------------------------------------------------------------------------------
    def review(self, people: Iterable[Person], way: str) -> int:
        """Each approves all that waits; returns how many people had something to do."""
        busy = 0
        for person in people:
            address = f"/staff/reviews/?plan={self.school.plans[way]}"
            person.open(address)
            if "没有等待您审核的申请" in person.text:
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
        student.press("在线缴费").send(channel="sandbox").sees("手机支付账户付款")
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
            for key in self.school.plans.values():
                address = f"/staff/cash/?plan={key}"
                if "没有待缴费的学生" in person.open(address).text:
                    continue
                person.post(address, do="run", action="take", all="1")
                person.open(address).sees("没有待缴费的学生")
                busy += 1
        return busy
