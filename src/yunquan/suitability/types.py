"""The questionnaire, assessments, matching, permissions and their gates. Amounts in fen, times in
milliseconds since 1970 UTC, days "YYYY-MM-DD".

owner: an application's id, and a client's once it has become one.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

import msgspec

from yunquan.kernel.ids import Id


class AssessmentId(Id, prefix="sas"):
    """One answered questionnaire that was scored."""


class AskedAgainId(Id, prefix="sag"):
    """One answered questionnaire whose answers contradicted each other."""


class MismatchId(Id, prefix="smm"):
    """One confirmed mismatch."""


class PermissionRequestId(Id, prefix="spr"):
    """One application for a trading permission."""


class RiskClass(StrEnum):
    """What an ordinary investor can bear 风险承受能力等级, the lowest category 最低类别 first."""

    LOWEST = "C1-lowest"
    C1 = "C1"
    C2 = "C2"
    C3 = "C3"
    C4 = "C4"
    C5 = "C5"


class Verdict(StrEnum):
    """Whether a product suits. WARN: on the client's own initiative only, once they confirmed."""

    OK = "ok"
    WARN = "warn"
    REFUSE = "refuse"


LEVELS = ("R1", "R2", "R3", "R4", "R5")


@dataclass(frozen=True, slots=True)
class Option:
    """An answer to tick. alone: excludes every other. ages: [from, to) years it means, (0, 0) when
    it means none. sort: the kind of product it wants. term_months: how long it binds money.
    """

    code: str
    weight: int
    zh: str
    en: str
    alone: bool = False
    ages: tuple[int, int] = (0, 0)
    sort: str = ""
    term_months: int = 0


@dataclass(frozen=True, slots=True)
class Question:
    """kind: "single" or "multi". scores: of several ticks "max" or "min" counts; "none": unscored.
    why_zh, why_en: why it is asked.
    """

    code: str
    kind: str
    scores: str
    zh: str
    en: str
    why_zh: str
    why_en: str
    options: tuple[Option, ...]


@dataclass(frozen=True, slots=True)
class ContradictionRule:
    """Answers that don't go together. when: ticks by question. may_stand: whoever confirms them may
    keep them."""

    code: str
    may_stand: bool
    when: tuple[tuple[str, tuple[str, ...]], ...]


@dataclass(frozen=True, slots=True)
class QuestionnaireVersion:
    """A questionnaire as it is asked from a day on. lowest: (question, option) that put somebody in
    the lowest category."""

    version: str
    effective_from: str
    source: str
    certainty: str
    questions: tuple[Question, ...]
    lowest: tuple[tuple[str, str], ...]
    contradictions: tuple[ContradictionRule, ...]


class OptionView(msgspec.Struct, frozen=True):
    """An answer as it is shown. alone: ticking it takes the others away."""

    code: str
    text: str
    alone: bool


class QuestionView(msgspec.Struct, frozen=True):
    """A question as it is shown. number: from 1."""

    code: str
    number: int
    kind: str
    text: str
    why: str
    options: tuple[OptionView, ...]


class QuestionnaireView(msgspec.Struct, frozen=True):
    """A questionnaire in one language. digest: SM3 of what is shown, in its order; it is handed
    back with the answers."""

    version: str
    locale: str
    digest: str
    questions: tuple[QuestionView, ...]


class Change(msgspec.Struct, frozen=True, array_like=True):
    """One tick or untick. after_ms: since the page was shown."""

    question: str
    option: str
    ticked: bool
    after_ms: int


class Trace(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the device saw of the answering. spent_ms: by question. seen: questions in the order in
    which they came into sight. device: what people recognise it by."""

    spent_ms: dict[str, int] = {}
    seen: tuple[str, ...] = ()
    changes: tuple[Change, ...] = ()
    device: str = ""


class Prefilled(msgspec.Struct, frozen=True, array_like=True):
    """An answer that stood on the page before anybody ticked. source: whence it was known, "card"
    or "details". touched: whether whoever answered ticked or changed it; else they let it stand."""

    question: str
    option: str
    source: str
    touched: bool = False


@dataclass(frozen=True, slots=True)
class Said:
    """What somebody said of themselves elsewhere, in codes. income: as the questionnaire has it."""

    occupation: str
    income: str
    source_of_funds: str


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of whoever answers. birth_day: by the ID card. person: digest of the identity,
    by which retakes are counted over applications. stands: codes of contradictions that they
    confirmed. prefilled: answers that stood on their page."""

    birth_day: str = ""
    person: str = ""
    stands: frozenset[str] = frozenset()
    prefilled: tuple[Prefilled, ...] = ()


@dataclass(frozen=True, slots=True)
class Contradiction:
    """Answers to be looked at again. questions: which, as the questionnaire has them."""

    code: str
    may_stand: bool
    questions: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Score:
    """What answers come to. lowest: the rules that put them into the lowest category, as
    (question, option); term_months, sorts: how long and in which kinds they want to invest."""

    points: int
    class_: RiskClass
    lowest: tuple[tuple[str, str], ...]
    term_months: int
    sorts: frozenset[str]


@dataclass(frozen=True, slots=True)
class Assessment:
    """A scored questionnaire. valid_until: the last day on which it holds. warnings: facts for
    whoever reviews, such as "too_fast". evidence: SM3 of what was shown, answered and seen."""

    id: AssessmentId
    owner: str
    version: str
    locale: str
    shown: str
    points: int
    class_: RiskClass
    lowest: bool
    term_months: int
    sorts: frozenset[str]
    warnings: tuple[str, ...]
    day: str
    valid_until: str
    at_ms: int
    evidence: str


@dataclass(frozen=True, slots=True)
class AskAgain:
    """Answers that contradict each other; nothing was scored, and it counts as no assessment."""

    id: AskedAgainId
    contradictions: tuple[Contradiction, ...]


@dataclass(frozen=True, slots=True)
class Evidence:
    """What was shown and answered, opened for a reason. prefilled: which of the answers stood on
    the page already."""

    assessment: AssessmentId
    questionnaire: QuestionnaireView
    answers: dict[str, tuple[str, ...]] = field(repr=False)
    trace: Trace = field(repr=False)
    prefilled: tuple[Prefilled, ...] = field(default=(), repr=False)


@dataclass(frozen=True, slots=True)
class Retake:
    """When the questionnaire may be answered again. code: why not now, "" if it may. left_today,
    left_year: how often still."""

    code: str
    left_today: int
    left_year: int
    wait_s: int = 0


@dataclass(frozen=True, slots=True)
class Product:
    """An entry of the firm's list. term_months: how long money is bound, 0 when sold any day."""

    code: str
    level: str
    sort: str
    term_months: int
    source: str
    certainty: str


@dataclass(frozen=True, slots=True)
class Matching:
    """How a product suits somebody. mismatches: of "level", "term" and "sort"; any is a
    mismatch."""

    product: Product
    verdict: Verdict
    mismatches: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Warning:
    """The special written risk warning 特别风险警示书 in words. digest: SM3 of it; handed back with
    the confirmation."""

    product: str
    locale: str
    text: str
    digest: str


@dataclass(frozen=True, slots=True)
class Mismatch:
    """Somebody insisted on a product above their class, of their own accord, once warned."""

    id: MismatchId
    owner: str
    product: str
    level: str
    class_: RiskClass
    assessment: AssessmentId
    mismatches: tuple[str, ...]
    shown: str
    locale: str
    day: str
    at_ms: int


@dataclass(frozen=True, slots=True)
class Gate:
    """What a permission takes, as a dated row. value: fen, months, a product, a text, a test."""

    permission: str
    gate: str
    value: int | str
    source: str
    certainty: str


@dataclass(frozen=True, slots=True)
class GateFacts:
    """What is known of whoever applies. average_fen: mean of the 20 closes before, of which
    `days_known` had an account. first_trade: day, "" for none. class_: "" without an
    assessment that holds. matches: verdict by product.
    confirmed: products insisted on under the present assessment. signed: texts. passed: tests.
    declared: what they said of themselves, such as "not_insider".
    """

    day: str
    average_fen: int = 0
    days_known: int = 0
    first_trade: str = ""
    class_: str = ""
    matches: dict[str, Verdict] = field(default_factory=dict[str, Verdict])
    levels: dict[str, str] = field(default_factory=dict[str, str])
    confirmed: frozenset[str] = frozenset()
    signed: frozenset[str] = frozenset()
    passed: frozenset[str] = frozenset()
    declared: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class GateCheck:
    """One gate against the facts. may_confirm: a confirmed mismatch would meet it."""

    gate: str
    needed: int | str
    has: int | str
    met: bool
    source: str
    certainty: str
    may_confirm: bool = False


@dataclass(frozen=True, slots=True)
class AverageAssets:
    """Mean of what somebody owned at the closes asked for. days: how many had an account."""

    fen: int
    days: int


@dataclass(frozen=True, slots=True)
class Disclosure:
    """A risk disclosure 风险揭示书 to be signed. digest: SM3 of what is shown."""

    code: str
    locale: str
    title: str
    text: str
    digest: str


@dataclass(frozen=True, slots=True)
class PermissionRequest:
    """An application for a permission. granted: whether every gate was met. told: whether every
    counter knows. code: why a counter would not."""

    id: PermissionRequestId
    owner: str
    permission: str
    granted: bool
    checks: tuple[GateCheck, ...]
    day: str
    at_ms: int
    told: bool
    code: str


@dataclass(frozen=True, slots=True)
class PermissionView:
    """A permission before whoever may want it. state: "held", "open", "blocked" (a gate isn't met)
    or "not_offered"."""

    permission: str
    state: str
    checks: tuple[GateCheck, ...]
    disclosures: tuple[Disclosure, ...]


@dataclass(frozen=True, slots=True)
class ProfessionalFacts:
    """who: "person" or "organisation". income_fen: yearly mean over three years."""

    who: str
    financial_assets_fen: int
    net_assets_fen: int
    income_fen: int
    experience_months: int


@dataclass(frozen=True, slots=True)
class ProfessionalRow:
    """What makes a professional investor: by right, or on request (conversion). 0: not asked."""

    who: str
    basis: str
    financial_assets_fen: int
    net_assets_fen: int
    income_fen: int
    experience_months: int
    source: str
    certainty: str
