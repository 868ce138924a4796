"""Questionnaires: parsed from the dated table beside this file, shown, and what may be answered."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any, Final

import msgspec
from cryptography.hazmat.primitives import hashes

from yunquan.kernel.errors import Refused
from yunquan.kernel.ids import plain
from yunquan.suitability.types import (
    ContradictionRule,
    OptionView,
    Prefilled,
    Question,
    QuestionnaireVersion,
    QuestionnaireView,
    QuestionView,
    Trace,
)

Answers = Mapping[str, tuple[str, ...]]

MOST_POINTS: Final = 100
LOCALES: Final = ("zh_CN", "en")
MOST_CHANGES: Final = 500
LONGEST_DEVICE: Final = 120
_DAY_MS: Final = 24 * 3600 * 1000
_CERTAINTIES: Final = {"V", "KH", "KM", "KL", "F"}
_encoder: Final = msgspec.json.Encoder(enc_hook=plain, order="deterministic")


def canonical(value: Any) -> bytes:
    """The one spelling of a value as JSON: keys sorted, no spaces."""
    return _encoder.encode(value)


def sm3(data: bytes) -> str:
    """SM3 (GB/T 32905) in hex."""
    digest = hashes.Hash(hashes.SM3())
    digest.update(data)
    return digest.finalize().hex()


def parse_questionnaires(text: str) -> tuple[QuestionnaireVersion, ...]:
    """Every version, the oldest first. Raises ValueError naming what is wrong."""
    found = [_version(entry) for entry in tomllib.loads(text)["version"]]
    found.sort(key=lambda one: one.effective_from)
    if len({one.effective_from for one in found}) < len(found):
        raise ValueError("two questionnaires begin on one day")
    return tuple(found)


def _version(entry: Mapping[str, Any]) -> QuestionnaireVersion:
    try:
        made = QuestionnaireVersion(
            entry["version"],
            date.fromisoformat(entry["effective_from"]).isoformat(),
            entry["source"],
            entry["certainty"],
            msgspec.convert(entry["question"], tuple[Question, ...]),
            tuple((one["question"], one["option"]) for one in entry["lowest"]),
            tuple(_contradiction(one) for one in entry["contradiction"]),
        )
    except (KeyError, TypeError, ValueError, msgspec.ValidationError) as error:
        raise ValueError(f"questionnaire {entry.get('version')}: {error}") from error
    _check_version(made)
    return made


def _contradiction(entry: Mapping[str, Any]) -> ContradictionRule:
    when = tuple((question, tuple(ticks)) for question, ticks in entry["when"].items())
    return ContradictionRule(entry["code"], entry["may_stand"], when)


def _check_version(one: QuestionnaireVersion) -> None:
    """A version that can't be asked or scored is our own mistake."""
    named = f"questionnaire {one.version}"
    options = {(q.code, option.code) for q in one.questions for option in q.options}
    if len(options) != sum(len(q.options) for q in one.questions):
        raise ValueError(f"{named}: a code twice")
    used = [*one.lowest]
    used += [(q, tick) for rule in one.contradictions for q, ticks in rule.when for tick in ticks]
    if missing := [pair for pair in used if pair not in options]:
        raise ValueError(f"{named}: no such answer {missing[0]}")
    texts = [text for q in one.questions for text in (q.zh, q.en, q.why_zh, q.why_en)]
    texts += [
        text for q in one.questions for option in q.options for text in (option.zh, option.en)
    ]
    if not all(text.strip() for text in texts) or one.certainty not in _CERTAINTIES:
        raise ValueError(f"{named}: a text or the certainty is missing")
    if any(q.kind not in ("single", "multi") for q in one.questions):
        raise ValueError(f"{named}: a kind is unknown")
    best = sum(max(o.weight for o in q.options) for q in one.questions if q.scores != "none")
    if best != MOST_POINTS:
        raise ValueError(f"{named}: the best answers make {best}, not {MOST_POINTS}")


def version_on(versions: Iterable[QuestionnaireVersion], day: str) -> QuestionnaireVersion | None:
    """The one asked on a day."""
    begun = [one for one in versions if one.effective_from <= day]
    return begun[-1] if begun else None


def view_of(version: QuestionnaireVersion, locale: str) -> QuestionnaireView:
    """As it is shown in a language."""
    chinese = locale == LOCALES[0]
    questions = tuple(
        QuestionView(
            one.code,
            number,
            one.kind,
            one.zh if chinese else one.en,
            one.why_zh if chinese else one.why_en,
            tuple(OptionView(o.code, o.zh if chinese else o.en, o.alone) for o in one.options),
        )
        for number, one in enumerate(version.questions, 1)
    )
    shown = QuestionnaireView(version.version, locale, "", questions)
    return msgspec.structs.replace(shown, digest=sm3(body_of(shown)))


def body_of(view: QuestionnaireView) -> bytes:
    """What the digest of a view is of."""
    return canonical([view.version, view.locale, view.questions])


def text_body(code: str, locale: str, *said: str) -> bytes:
    """What the digest of a text that was shown is of."""
    return canonical([code, locale, *said])


def check_answers(version: QuestionnaireVersion, answers: Answers) -> Refused | None:
    """Every question answered, with ticks that exist; one where one is asked for."""
    known = {one.code: one for one in version.questions}
    if strange := sorted(answers.keys() - known.keys()):
        return Refused("suitability.question_unknown", {"question": strange[0][:40]})
    for number, one in enumerate(version.questions, 1):
        ticks = answers.get(one.code, ())
        if not ticks:
            return Refused("suitability.unanswered", {"number": number, "question": one.code})
        codes = {option.code for option in one.options}
        if len(set(ticks)) < len(ticks) or not set(ticks) <= codes:
            return Refused("suitability.answer_unknown", {"number": number, "question": one.code})
        alone = any(option.alone and option.code in ticks for option in one.options)
        if len(ticks) > 1 and (one.kind == "single" or alone):
            return Refused("suitability.one_answer", {"number": number, "question": one.code})
    return None


def check_trace(version: QuestionnaireVersion, trace: Trace) -> Refused | None:
    """What a device says of the answering is kept, so it has bounds."""
    codes = {one.code for one in version.questions}
    sound = (
        set(trace.spent_ms) <= codes
        and set(trace.seen) <= codes
        and len(trace.seen) <= MOST_CHANGES
        and len(trace.changes) <= MOST_CHANGES
        and len(trace.device) <= LONGEST_DEVICE
        and all(0 <= spent <= _DAY_MS for spent in trace.spent_ms.values())
        and all(one.question in codes and 0 <= one.after_ms <= _DAY_MS for one in trace.changes)
        and all(len(one.option) <= LONGEST_DEVICE for one in trace.changes)
    )
    return None if sound else Refused("suitability.trace")


def settle_prefilled(
    prefilled: Iterable[Prefilled], answers: Answers, trace: Trace
) -> tuple[Prefilled, ...]:
    """Which of them were touched: something was ticked in their question, or it is answered
    otherwise now. Where the device saw nothing, only another answer tells."""
    ticked_in = {change.question for change in trace.changes}
    return tuple(
        msgspec.structs.replace(
            one,
            touched=one.touched
            or one.question in ticked_in
            or tuple(answers.get(one.question, ())) != (one.option,),
        )
        for one in prefilled
    )


def reading_ms(view: QuestionnaireView, cps: int) -> int:
    """How long a quick reader takes to read it all. cps: characters a second."""
    length = sum(
        len(one.text) + sum(len(option.text) for option in one.options) for one in view.questions
    )
    return length * 1000 // cps
