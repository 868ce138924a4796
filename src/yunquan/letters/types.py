"""Letters of a case. Times in ms since 1970 UTC."""

from __future__ import annotations

from enum import StrEnum

import msgspec

from yunquan.kernel.ids import Id
from yunquan.statements.types import Paper


class LetterId(Id, prefix="let"):
    """One letter."""


class LetterKind(StrEnum):
    """To the exchange: a report of abnormal trading 异常交易报告; to the client: a reminder
    交易提醒函, a warning 警示函.
    """

    EXCHANGE_REPORT = "exchange_report"
    CLIENT_REMINDER = "client_reminder"
    CLIENT_WARNING = "client_warning"


class LetterState(StrEnum):
    """draft: may be looked at. proposed: waits for another person. issued: sealed and sent."""

    DRAFT = "draft"
    PROPOSED = "proposed"
    ISSUED = "issued"


class LetterWish(msgspec.Struct, frozen=True):
    """What somebody wants written. basis: article or letter it rests on; remarks: in their words,
    "" for none.
    """

    case: str
    kind: str
    basis: str
    remarks: str = ""


class LetterPaper(msgspec.Struct, frozen=True):
    """A letter in one language. lang: zh or en. The Chinese one is the letter, the English one a
    reading copy.
    """

    lang: str
    paper: Paper


class SealedPaper(msgspec.Struct, frozen=True):
    """An issued paper. document: in the archive; sha256: of the PDF; seal: the firm's, DER."""

    lang: str
    document: str
    sha256: str
    seal: bytes


class Letter(msgspec.Struct, frozen=True):
    """A letter as it stands. day: the market's, of drafting. proposal: of its issue, "" before.
    issued_by: who agreed.
    """

    id: str
    case: str
    kind: LetterKind
    account: str
    client: str
    day: str
    state: LetterState
    basis: str
    papers: tuple[LetterPaper, ...]
    by: str
    at_ms: int
    proposal: str = ""
    documents: tuple[SealedPaper, ...] = ()
    issued_by: str = ""
    issued_at_ms: int = 0
