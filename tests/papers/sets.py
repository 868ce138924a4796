"""Papers of openings: good sets of people nobody is, and every way they are spoiled."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date

from yunquan.clients.rules import mask_middle
from yunquan.kernel.residents import check_digit
from yunquan.papers.types import OpeningPaper, OpeningPapers

DAY = "2026-07-13"
# 2026-07-13 10:00 in Shanghai.
MORNING_MS = 1_783_908_000_000
MINUTE_MS = 60_000
CLASSES = ("C2", "C3", "C4", "C5")
SURNAMES = "林陈周沈陆顾许何方程"
GIVEN = "晓舟明山文海清远嘉禾若水思源景行"
ENGLISH = ("Lin Xiaozhou", "Chen Mingshan", "Zhou Wenhai", "Shen Qingyuan")
STREETS = ("临江路", "海棠街", "晨曦大道", "松涛巷")

RISK = {
    "zh_CN": (
        "证券交易风险揭示书\n\n尊敬的投资者：\n市场有风险，投资需谨慎。证券价格受宏观经济、政策、经营状况"
        "等影响，您可能损失部分或全部本金，本金可能全部损失。\n本公司不承诺收益，也不保证本金不受损失；任何工作"
        "人员均无权承诺收益或者分担损失。国债等产品也并非无风险。\n请您充分了解规则，自主决策，自担风险。\n"
        "请您确保本人操作，并对上述内容已经知悉。\n"
    ),
    "en": (
        "Risk disclosure\n\nThe market carries risk; invest with care. Prices follow the economy "
        "and each company, and you may lose part or all of what you invest.\nWe do not guarantee a "
        "return, and nobody of the firm may promise profit. No product is risk-free.\nBefore an "
        "order you decide and bear the risk yourself.\n"
    ),
}
BROKERAGE = {
    "zh_CN": (
        "证券交易委托代理协议\n\n第一条 甲方确认身份资料真实，不得出借证券账户，"
        "也不得借用他人账户。\n"
        "第二条 乙方不对证券买卖的收益或者赔偿证券买卖的损失作出承诺，不接受全权委托。\n"
        "第三条 任何一方违约造成对方损失的，应当依法赔偿。融资利率以合同约定为准，"
        "无风险利率不作为承诺。\n"
    ),
    "en": (
        "Brokerage agreement\n\n1. The client's data are true; the client may not lend the "
        "account.\n"
        "2. The firm promises neither profit nor to cover a loss, and accepts no full discretion.\n"
        "3. Whoever breaks this agreement makes good what the other lost by it, as the law says.\n"
    ),
}
PLAIN = {
    (
        "privacy",
        "zh_CN",
    ): "个人信息处理同意书\n\n人脸、声音、证件影像和位置信息，均须取得您的单独同意。\n",
    (
        "privacy",
        "en",
    ): "Consent to processing\n\nFace, voice, images of cards and place take your separate "
    "consent.\n",
    ("tax", "zh_CN"): "个人税收居民身份声明\n\n本人仅为中国税收居民。\n",
    ("tax", "en"): "Declaration of tax residency\n\nI am a tax resident of China only.\n",
    ("esign", "zh_CN"): "电子签名约定书\n\n电子签名与手写签名具有同等效力。\n",
    (
        "esign",
        "en",
    ): "Agreement on electronic signatures\n\nAn electronic signature is as good as one by hand.\n",
    (
        "custody",
        "zh_CN",
    ): "客户交易结算资金第三方存管协议\n\n资金只能转入甲方本人的银行账户，担保公司不得介入。\n",
    ("custody", "en"): "Custody agreement\n\nMoney goes to the client's own bank account only.\n",
    (
        "suitability",
        "zh_CN",
    ): "适当性匹配结果确认书\n\n本公司向您告知以下结果，不构成对收益的保证。\n",
    ("suitability", "en"): "Suitability result\n\nWhat follows isn't a promise of profit.\n",
    (
        "mismatch",
        "zh_CN",
    ): "产品不匹配特别风险警示书\n\n本人主动要求购买，已知悉风险高于本人承受能力。\n",
    (
        "mismatch",
        "en",
    ): "Special risk warning\n\nI ask for this product of my own accord and know its risk.\n",
}
LABELS = {
    "zh_CN": {
        "name": ("客户姓名", "投资者姓名", "甲方姓名"),
        "id_number": ("身份证号码", "证件号码"),
        "address": ("联系地址", "住址"),
        "mobile": ("手机号码",),
        "card_holder": ("银行卡户名",),
        "bank_account": ("银行卡号", "银行账号"),
        "risk_class": ("风险承受能力等级",),
        "signed_on": ("签署日期",),
    },
    "en": {
        "name": ("Client name", "Investor name"),
        "id_number": ("ID number",),
        "address": ("Address",),
        "mobile": ("Mobile",),
        "card_holder": ("Card holder",),
        "bank_account": ("Bank account number",),
        "risk_class": ("Risk class",),
        "signed_on": ("Signed on",),
    },
}
STATES = {
    "privacy": ("name",),
    "tax": ("name", "id_number"),
    "suitability": ("name", "risk_class"),
    "esign": ("name", "id_number"),
    "risk": ("name",),
    "brokerage": ("name", "id_number", "address", "mobile"),
    "custody": ("name", "id_number", "card_holder", "bank_account"),
    "mismatch": ("name", "risk_class"),
}
ORDER = ("privacy", "tax", "suitability", "esign", "risk", "brokerage", "custody")


def number_of(chance: random.Random) -> str:
    """A resident's number with a right check digit, of an area that isn't one."""
    born = date(1960 + chance.randrange(45), 1 + chance.randrange(12), 1 + chance.randrange(28))
    seventeen = f"9901{chance.randrange(1, 99):02d}{born:%Y%m%d}{chance.randrange(1000):03d}"
    return seventeen + check_digit(seventeen)


def person(chance: random.Random, locale: str) -> dict[str, str]:
    """Somebody nobody is."""
    chinese = chance.choice(SURNAMES) + "".join(chance.sample(GIVEN, chance.choice((1, 2))))
    name = chance.choice(ENGLISH) if locale == "en" else chinese
    return {
        "name": name,
        "id_number": number_of(chance),
        "address": f"{chance.choice(STREETS)}{chance.randrange(1, 999)}号",
        "mobile": f"13{chance.randrange(10**9):09d}",
        "card_holder": name,
        "bank_account": f"6222{chance.randrange(10**12):012d}",
        "risk_class": chance.choice(CLASSES),
        "card_valid_until": "2036-05-01",
        "assessment_valid_until": "2028-07-12",
    }


def shown(field: str, value: str, chance: random.Random) -> str:
    """As documents say it: masked, spaced, in full."""
    if field == "id_number" and chance.random() < 0.5:
        return mask_middle(value, 3, 4)
    if field == "mobile" and chance.random() < 0.5:
        return mask_middle(value, 3, 4)
    if field == "bank_account" and chance.random() < 0.5:
        return " ".join(value[i : i + 4] for i in range(0, len(value), 4))
    if field == "signed_on":
        year, month, day = value.split("-")
        return chance.choice((value, f"{year}年{int(month)}月{int(day)}日"))
    return value


def body(code: str, locale: str) -> str:
    if code == "risk":
        return RISK[locale]
    return BROKERAGE[locale] if code == "brokerage" else PLAIN[code, locale]


def paper(
    code: str, locale: str, who: dict[str, str], number: int, chance: random.Random
) -> OpeningPaper:
    """One document: its text on one page or two, then who signs it."""
    colon = "：" if locale == "zh_CN" else ": "
    lines = []
    for field in (*STATES[code], "signed_on"):
        value = DAY if field == "signed_on" else who[field]
        label = chance.choice(LABELS[locale][field])
        lines.append(f"{label}{colon}{shown(field, value, chance)}")
    pages = (body(code, locale), "\n".join(lines) + "\n")
    if chance.random() < 0.5:
        pages = ("\n".join(pages),)
    at_ms = MORNING_MS + number * MINUTE_MS
    return OpeningPaper(code, "2026-1", locale, pages, "app_1", at_ms)


def good(seed: int) -> OpeningPapers:
    """A set in which nothing is wrong."""
    chance = random.Random(seed)
    locale = chance.choice(("zh_CN", "en"))
    who = person(chance, locale)
    insists = who["risk_class"] == "C3" and chance.random() < 0.5
    codes = (*ORDER, "mismatch") if insists else ORDER
    made = tuple(paper(code, locale, who, n, chance) for n, code in enumerate(codes))
    products = ("main_share", "chinext_share") if insists else ("money_fund",)
    return OpeningPapers(
        "app_1",
        DAY,
        made,
        dict.fromkeys(STATES, "2026-1"),
        who,
        products,
        ("chinext_share",) if insists else (),
        MORNING_MS + 60 * MINUTE_MS,
    )


@dataclass(frozen=True)
class Spoiling:
    """How a set is spoiled, and what must be found in which document, "" for the set."""

    spoil: Callable[[OpeningPapers, random.Random], OpeningPapers]
    code: str
    document: str
    placed: bool = False


def with_paper(
    opening: OpeningPapers, code: str, change: Callable[[OpeningPaper], OpeningPaper]
) -> OpeningPapers:
    papers = tuple(change(one) if one.code == code else one for one in opening.papers)
    return replace(opening, papers=papers)


def retold(code: str, change: Callable[[str], str]) -> Callable[..., OpeningPapers]:
    """A document whose text is another."""

    def spoil(opening: OpeningPapers, _chance: random.Random) -> OpeningPapers:
        def retell(one: OpeningPaper) -> OpeningPaper:
            pages = tuple(map(change, one.pages))
            assert pages != one.pages, f"{code} was not spoiled"
            return replace(one, pages=pages)

        return with_paper(opening, code, retell)

    return spoil


def restated(code: str, field: str, value: Callable[..., str]) -> Callable[..., OpeningPapers]:
    """A document that says another value of a field."""

    def spoil(opening: OpeningPapers, chance: random.Random) -> OpeningPapers:
        locale = opening.papers[0].locale
        labels = LABELS[locale][field]

        def change(text: str) -> str:
            lines = text.split("\n")
            for at, line in enumerate(lines):
                label = next((one for one in labels if line.startswith(one)), "")
                if label:
                    colon = line[len(label) : len(label) + 1]
                    space = "" if locale == "zh_CN" else " "
                    lines[at] = f"{label}{colon}{space}{value(opening, chance)}"
            return "\n".join(lines)

        def retell(one: OpeningPaper) -> OpeningPaper:
            return replace(one, pages=tuple(change(page) for page in one.pages))

        return with_paper(opening, code, retell)

    return spoil


def added(code: str, *sentences: str) -> Callable[..., OpeningPapers]:
    """A document with a sentence more."""

    def spoil(opening: OpeningPapers, chance: random.Random) -> OpeningPapers:
        sentence = chance.choice(sentences)

        def retell(one: OpeningPaper) -> OpeningPaper:
            return replace(one, pages=(one.pages[0] + sentence + "\n", *one.pages[1:]))

        return with_paper(opening, code, retell)

    return spoil


def without(*phrases: str) -> Callable[[str], str]:
    def change(text: str) -> str:
        for phrase in phrases:
            text = text.replace(phrase, "")
        return text

    return change


def other_class(opening: OpeningPapers, chance: random.Random) -> str:
    return chance.choice([one for one in CLASSES if one != opening.truth["risk_class"]])


def other_name(opening: OpeningPapers, _chance: random.Random) -> str:
    name = opening.truth["name"]
    return "Wu Yiming" if name.isascii() else "吴" + name[1:]


def changed_digit(opening: OpeningPapers, chance: random.Random) -> str:
    """The number with one digit of the birth day another."""
    number = opening.truth["id_number"]
    at = 9
    return number[:at] + str((int(number[at]) + 1 + chance.randrange(8)) % 10) + number[at + 1 :]


def truth_is(**facts: str) -> Callable[..., OpeningPapers]:
    return lambda opening, _chance: replace(opening, truth={**opening.truth, **facts})


def signed(code: str, **changes: object) -> Callable[..., OpeningPapers]:
    return lambda opening, _chance: with_paper(opening, code, lambda one: replace(one, **changes))


def dropped(code: str) -> Callable[..., OpeningPapers]:
    return lambda opening, _chance: replace(
        opening, papers=tuple(one for one in opening.papers if one.code != code)
    )


def unsuitable(opening: OpeningPapers, _chance: random.Random) -> OpeningPapers:
    truth = {**opening.truth, "risk_class": "C2"}
    return replace(opening, products=("star_share",), confirmed=(), truth=truth)


PROMISES = (
    "本产品保本保收益，年化 8%。",
    "请放心，稳 赚 不 赔！",
    "保·本·保·息，随存随取。",
    "公司保證收益。",
    "零 风 险，高回报。",
    "亏损由本公司承担。",
    "Ｇｕａｒａｎｔｅｅｄ ｒｅｔｕｒｎ of 8% a year.",
    "Your capital is guaranteed.",
    "This investment is risk-free.",
    "We make good any loss.",
    "您不必担心，本产品并非不保本。",
    "本公司不收取佣金，保证收益。",
    "We never charge for this, and your principal is guaranteed.",
    "我们承\u200b诺\u200b收\u200b益。",
    "客户可将账户全权委托给本公司操作。",
)
MARKET = (
    "市场有风险，投资需谨慎。",
    "The market carries risk; invest with care.",
)
SPOILINGS: dict[str, Spoiling] = {
    **{f"no {code}": Spoiling(dropped(code), "papers.missing", code) for code in ORDER},
    "twice": Spoiling(
        lambda o, _c: replace(o, papers=(*o.papers, o.papers[0])), "papers.twice", "privacy"
    ),
    "no text": Spoiling(signed("risk", pages=("", " \n")), "papers.empty", "risk"),
    "not signed": Spoiling(
        signed("brokerage", signed_at_ms=0, signed_by=""), "papers.unsigned", "brokerage"
    ),
    "signed by another": Spoiling(signed("risk", signed_by="app_2"), "papers.other_signer", "risk"),
    "old version": Spoiling(signed("risk", version="2025-3"), "papers.old_version", "risk"),
    "version of nothing": Spoiling(
        lambda o, _c: replace(o, versions={k: v for k, v in o.versions.items() if k != "tax"}),
        "papers.version_unknown",
        "tax",
    ),
    "contract before the risk": Spoiling(
        signed("risk", signed_at_ms=MORNING_MS + 30 * MINUTE_MS), "papers.order", "brokerage"
    ),
    "contract before consent": Spoiling(
        signed("privacy", signed_at_ms=MORNING_MS + 30 * MINUTE_MS), "papers.order", "brokerage"
    ),
    "signed after approval": Spoiling(
        signed("custody", signed_at_ms=MORNING_MS + 61 * MINUTE_MS),
        "papers.signed_after_approval",
        "custody",
    ),
    "another day": Spoiling(
        restated("custody", "signed_on", lambda _o, c: c.choice(("2026-07-12", "2025年7月13日"))),
        "papers.day_differs",
        "custody",
        placed=True,
    ),
    "no day": Spoiling(
        restated("tax", "signed_on", lambda _o, _c: "昨天"),
        "papers.day_unreadable",
        "tax",
        placed=True,
    ),
    "expired card": Spoiling(truth_is(card_valid_until="2026-07-12"), "papers.card_expired", ""),
    "expired assessment": Spoiling(
        truth_is(assessment_valid_until="2026-07-12"), "papers.assessment_expired", ""
    ),
    "another name": Spoiling(
        restated("tax", "name", other_name), "papers.differs", "tax", placed=True
    ),
    "one digit": Spoiling(
        restated("esign", "id_number", changed_digit), "papers.differs", "esign", placed=True
    ),
    "another address": Spoiling(
        restated("brokerage", "address", lambda _o, _c: "别处路1号"),
        "papers.differs",
        "brokerage",
        placed=True,
    ),
    "another mobile": Spoiling(
        restated("brokerage", "mobile", lambda _o, _c: "15900001111"),
        "papers.differs",
        "brokerage",
        placed=True,
    ),
    "another card": Spoiling(
        restated("custody", "bank_account", lambda _o, _c: "6222000011112222"),
        "papers.differs",
        "custody",
        placed=True,
    ),
    "another's card": Spoiling(
        restated("custody", "card_holder", other_name),
        "papers.other_holder",
        "custody",
        placed=True,
    ),
    "no name": Spoiling(
        restated("privacy", "name", lambda _o, _c: ""), "papers.field_missing", "privacy"
    ),
    "no number": Spoiling(
        restated("custody", "id_number", lambda _o, _c: ""), "papers.field_missing", "custody"
    ),
    "another class": Spoiling(
        restated("suitability", "risk_class", other_class),
        "papers.class_differs",
        "suitability",
        placed=True,
    ),
    "no class": Spoiling(
        restated("suitability", "risk_class", lambda _o, _c: "稳健"),
        "papers.class_unreadable",
        "suitability",
        placed=True,
    ),
    "never assessed": Spoiling(truth_is(risk_class=""), "papers.not_assessed", ""),
    "a stranger's number": Spoiling(
        lambda o, c: added("custody", f"代理人证件 {number_of(c)}。")(o, c),
        "papers.foreign_number",
        "custody",
        placed=True,
    ),
    "a stranger's mobile": Spoiling(
        added("brokerage", "紧急联系人 15912345678。"),
        "papers.foreign_number",
        "brokerage",
        placed=True,
    ),
    "unsuitable": Spoiling(unsuitable, "papers.unsuitable", ""),
    "no warning of the market": Spoiling(
        retold(
            "risk",
            lambda text: (
                without(*MARKET, "The market carries risk; invest with care.")(text) + "。"
            ),
        ),
        "papers.phrase_missing",
        "risk",
    ),
    "the warning turned round": Spoiling(
        retold(
            "risk",
            lambda text: (
                text.replace("市场有风险，投资需谨慎", "并非市场有风险，投资需谨慎").replace(
                    "The market carries risk; invest",
                    "It is not true that the market carries risk; invest",
                )
                + "。"
            ),
        ),
        "papers.phrase_missing",
        "risk",
    ),
    "lending allowed": Spoiling(
        retold(
            "brokerage",
            lambda text: (
                text.replace("不得出借证券账户", "可以出借证券账户").replace(
                    "may not lend", "may lend"
                )
                + "。"
            ),
        ),
        "papers.phrase_missing",
        "brokerage",
    ),
    "no separate consent": Spoiling(
        retold("privacy", lambda text: without("单独", "separate ")(text) + "。"),
        "papers.phrase_missing",
        "privacy",
    ),
    **{
        f"promise {number}": Spoiling(
            added("risk", sentence), "papers.forbidden", "risk", placed=True
        )
        for number, sentence in enumerate(PROMISES)
    },
    "blanks": Spoiling(
        added("custody", "银行预留手机：______", "日期：{{ day }}", "金额：【  】元", "户名：XXX"),
        "papers.blank",
        "custody",
        placed=True,
    ),
}
