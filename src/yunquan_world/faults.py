"""What goes wrong on purpose: seeded, and off by default."""

from __future__ import annotations

from dataclasses import dataclass, fields

import msgspec


@dataclass(frozen=True)
class Faults:
    """Chances (0 to 1) for each live report frame, and the delay of sending it.

    drop: never sent live (it stays stored, a resend or a query brings it). repeat: sent twice.
    reorder: overtaken by later ones. disconnect: the session breaks after it.
    latency_ms: least and most milliseconds a frame is on its way.
    """

    drop: float = 0.0
    repeat: float = 0.0
    reorder: float = 0.0
    disconnect: float = 0.0
    latency_ms: tuple[float, float] = (5.0, 30.0)


@dataclass(frozen=True)
class BankFaults:
    """Chances (0 to 1) for each request to the bank.

    lose_answer: done, but the answer is never sent. disconnect: the session breaks, before or after
    the request was carried out (one half each). repeat_answer: answered twice. delay_ms: least and
    most milliseconds before the answer. Of what it is asked about files: late_file (there is none
    yet), half_file, wrong_sum; of a day's first file: lying_file (an amount is wrong; a second
    version sets it right). reverse_begun: of a transfer the bank began, once unanswered, it takes
    it back instead of asking again.
    """

    lose_answer: float = 0.0
    disconnect: float = 0.0
    repeat_answer: float = 0.0
    late_file: float = 0.0
    half_file: float = 0.0
    wrong_sum: float = 0.0
    lying_file: float = 0.0
    reverse_begun: float = 0.0
    delay_ms: tuple[float, float] = (0.0, 0.0)


@dataclass(frozen=True)
class OfficeFaults:
    """Chances (0 to 1) for each question to an office.

    lose_answer: done, but the answer is never sent. disconnect: the line breaks, before or after
    the question was carried out (one half each). repeat_answer: answered twice. refuse: too busy,
    nothing is done. delay_ms: least and most milliseconds before the answer. Of files: late_file
    (there is none yet), half_file, wrong_sum. Of short messages: lose_text (it never arrives, nor
    does a receipt), text_ms: least and most milliseconds it is on its way.
    """

    lose_answer: float = 0.0
    disconnect: float = 0.0
    repeat_answer: float = 0.0
    refuse: float = 0.0
    late_file: float = 0.0
    half_file: float = 0.0
    wrong_sum: float = 0.0
    lose_text: float = 0.0
    delay_ms: tuple[float, float] = (0.0, 0.0)
    text_ms: tuple[float, float] = (200.0, 1500.0)


def parse_faults(text: str) -> Faults:
    """Read "drop=0.01,repeat=0.02,latency_ms=5-30"; what isn't named keeps its default."""
    return msgspec.convert(_parse(text, Faults), Faults)


def parse_bank_faults(text: str) -> BankFaults:
    """Read "lose_answer=0.05,delay_ms=100-2000"; what isn't named keeps its default."""
    return msgspec.convert(_parse(text, BankFaults), BankFaults)


def parse_office_faults(text: str) -> OfficeFaults:
    """Read "lose_answer=0.05,refuse=0.01"; what isn't named keeps its default."""
    return msgspec.convert(_parse(text, OfficeFaults), OfficeFaults)


def parse_span(text: str) -> tuple[float, float]:
    """Read "20-120", or "20" for always 20; least and most, in the caller's unit."""
    least, dash, most = text.partition("-")
    span = float(least), float(most if dash else least)
    if not 0 <= span[0] <= span[1]:
        raise ValueError(f"{text!r} is not a span such as 20-120")
    return span


def _parse(
    text: str, kind: type[Faults] | type[BankFaults] | type[OfficeFaults]
) -> dict[str, float | tuple[float, float]]:
    known = {field.name for field in fields(kind)}
    found: dict[str, float | tuple[float, float]] = {}
    for part in filter(None, (piece.strip() for piece in text.split(","))):
        name, _, value = part.partition("=")
        name = name.strip()
        if name not in known:
            raise ValueError(f"unknown fault {name!r}; known: {', '.join(sorted(known))}")
        if name.endswith("_ms"):
            found[name] = parse_span(value)
            continue
        chance = float(value)
        if not 0 <= chance <= 1:
            raise ValueError(f"{name} is a chance between 0 and 1, found {value}")
        found[name] = chance
    return found
