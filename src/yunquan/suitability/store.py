"""Tables of assessments, what was asked again, confirmed mismatches, experience and applications
for permissions.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

import msgspec
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from yunquan.kernel.transaction import ReadTx, Tx, metadata
from yunquan.suitability.rules.questionnaire import parse_questionnaires
from yunquan.suitability.rules.rows import FirmRows, parse_firm_rows
from yunquan.suitability.types import (
    AskedAgainId,
    Assessment,
    AssessmentId,
    GateCheck,
    Mismatch,
    MismatchId,
    PermissionRequest,
    PermissionRequestId,
    QuestionnaireVersion,
    RiskClass,
)

assessments = sa.Table(
    "suitability_assessment",
    metadata,
    sa.Column("id", sa.String(40), primary_key=True),
    sa.Column("owner", sa.String(40), nullable=False),
    # By whom it is counted: the identity's digest, or the owner where that isn't known.
    sa.Column("person", sa.String(64), nullable=False),
    sa.Column("key", sa.String(80), nullable=False),
    sa.Column("body", sa.String(64), nullable=False),
    sa.Column("version", sa.String(20), nullable=False),
    sa.Column("locale", sa.String(5), nullable=False),
    sa.Column("shown", sa.String(64), nullable=False),
    sa.Column("points", sa.Integer, nullable=False),
    sa.Column("class_", sa.String(10), nullable=False),
    sa.Column("term_months", sa.Integer, nullable=False),
    sa.Column("sorts", sa.String(60), nullable=False),
    sa.Column("warnings", sa.String(120), nullable=False),
    sa.Column("day", sa.String(10), nullable=False),
    sa.Column("valid_until", sa.String(10), nullable=False),
    sa.Column("at_ms", sa.BigInteger, nullable=False),
    sa.Column("evidence", sa.String(64), nullable=False),
    sa.Column("sealed", sa.LargeBinary, nullable=False),
    sa.UniqueConstraint("owner", "key", name="suitability_assessment_request"),
    sa.Index("suitability_assessment_by_owner", "owner", "at_ms"),
    sa.Index("suitability_assessment_by_person", "person", "day"),
)
asked_again = sa.Table(
    "suitability_asked_again",
    metadata,
    sa.Column("id", sa.String(40), primary_key=True),
    sa.Column("owner", sa.String(40), nullable=False),
    sa.Column("version", sa.String(20), nullable=False),
    sa.Column("codes", sa.String(400), nullable=False),
    sa.Column("at_ms", sa.BigInteger, nullable=False),
    sa.Column("evidence", sa.String(64), nullable=False),
    sa.Column("sealed", sa.LargeBinary, nullable=False),
    sa.Index("suitability_asked_again_by_owner", "owner", "at_ms"),
)
mismatches = sa.Table(
    "suitability_mismatch",
    metadata,
    sa.Column("id", sa.String(40), primary_key=True),
    sa.Column("owner", sa.String(40), nullable=False),
    sa.Column("key", sa.String(80), nullable=False),
    sa.Column("product", sa.String(30), nullable=False),
    sa.Column("level", sa.String(2), nullable=False),
    sa.Column("class_", sa.String(10), nullable=False),
    sa.Column("assessment", sa.String(40), nullable=False),
    sa.Column("mismatches", sa.String(40), nullable=False),
    sa.Column("shown", sa.String(64), nullable=False),
    sa.Column("locale", sa.String(5), nullable=False),
    sa.Column("day", sa.String(10), nullable=False),
    sa.Column("at_ms", sa.BigInteger, nullable=False),
    sa.UniqueConstraint("owner", "key", name="suitability_mismatch_request"),
    sa.Index("suitability_mismatch_by_owner", "owner", "product"),
)
experience = sa.Table(
    "suitability_experience",
    metadata,
    sa.Column("owner", sa.String(40), primary_key=True),
    sa.Column("source", sa.String(30), primary_key=True),
    sa.Column("first_trade", sa.String(10), nullable=False),
    sa.Column("at_ms", sa.BigInteger, nullable=False),
)
requests = sa.Table(
    "suitability_permission",
    metadata,
    sa.Column("id", sa.String(40), primary_key=True),
    sa.Column("owner", sa.String(40), nullable=False),
    sa.Column("key", sa.String(80), nullable=False),
    sa.Column("permission", sa.String(20), nullable=False),
    sa.Column("granted", sa.Boolean, nullable=False),
    sa.Column("checks", sa.Text, nullable=False),
    sa.Column("signed", sa.Text, nullable=False),
    sa.Column("day", sa.String(10), nullable=False),
    sa.Column("at_ms", sa.BigInteger, nullable=False),
    sa.Column("told", sa.Boolean, nullable=False),
    sa.Column("code", sa.String(60), nullable=False),
    sa.UniqueConstraint("owner", "key", name="suitability_permission_request"),
    sa.Index("suitability_permission_by_owner", "owner", "at_ms"),
    sa.Index("suitability_permission_untold", "told", "granted"),
)
texts = sa.Table(
    "suitability_text",
    metadata,
    sa.Column("digest", sa.String(64), primary_key=True),
    sa.Column("body", sa.LargeBinary, nullable=False),
    sa.Column("at_ms", sa.BigInteger, nullable=False),
)
turns = sa.Table(
    "suitability_turn",
    metadata,
    sa.Column("person", sa.String(64), primary_key=True),
    sa.Column("turn", sa.BigInteger, nullable=False),
)
_TABLES: Final = Path(__file__).parent / "rules" / "tables"
_OWNED: Final = (assessments, asked_again, mismatches, experience, requests)
_BARE: Final = ("id", "owner", "version", "locale", "shown", "points", "day", "valid_until")
_checks: Final = msgspec.json.Decoder(tuple[GateCheck, ...])


def load_questionnaires() -> tuple[QuestionnaireVersion, ...]:
    """Every version that comes with the program."""
    return parse_questionnaires((_TABLES / "questionnaire.toml").read_text("utf-8"))


def load_firm_rows() -> FirmRows:
    """The firm's rows that come with the program."""
    return parse_firm_rows((_TABLES / "firm.toml").read_text("utf-8"))


def take_turn(tx: Tx, person: str) -> None:
    """Whoever answers for this person next waits for this transaction: two devices at once can't
    both be within what is allowed."""
    dialect = postgresql if tx.connection.dialect.name == "postgresql" else sqlite
    tx.execute(dialect.insert(turns).values(person=person, turn=0).on_conflict_do_nothing())
    mine = turns.c.person == person
    tx.execute(turns.update().where(mine).values(turn=turns.c.turn + 1))


def keep_text(tx: Tx, digest: str, body: bytes) -> None:
    """What was shown, under its digest: once, however many read it."""
    dialect = postgresql if tx.connection.dialect.name == "postgresql" else sqlite
    insert = dialect.insert(texts).values(digest=digest, body=body, at_ms=tx.now_ms())
    tx.execute(insert.on_conflict_do_nothing())


def load_text(tx: ReadTx, digest: str) -> bytes | None:
    body = tx.execute(sa.select(texts.c.body).where(texts.c.digest == digest)).scalar()
    return bytes(body) if body is not None else None


def insert_assessment(
    tx: Tx, one: Assessment, person: str, key: str, body: str, sealed: bytes
) -> None:
    values: dict[str, Any] = {name: getattr(one, name) for name in _BARE}
    values |= {
        "id": str(one.id),
        "class_": one.class_.value,
        "term_months": one.term_months,
        "sorts": ",".join(sorted(one.sorts)),
        "warnings": ",".join(one.warnings),
        "at_ms": one.at_ms,
        "evidence": one.evidence,
    }
    more = {"person": person, "key": key, "body": body, "sealed": sealed}
    tx.execute(assessments.insert().values(values | more))


def _assessment(row: Any) -> Assessment:
    return Assessment(
        id=AssessmentId(row.id),
        owner=row.owner,
        version=row.version,
        locale=row.locale,
        shown=row.shown,
        points=row.points,
        class_=RiskClass(row.class_),
        lowest=row.class_ == RiskClass.LOWEST.value,
        term_months=row.term_months,
        sorts=frozenset(row.sorts.split(",")) - {""},
        warnings=tuple(code for code in row.warnings.split(",") if code),
        day=row.day,
        valid_until=row.valid_until,
        at_ms=row.at_ms,
        evidence=row.evidence,
    )


def find_request(tx: ReadTx, owner: str, key: str) -> tuple[Assessment, str] | None:
    """What this key led to, and the digest of the body it came with."""
    mine = (assessments.c.owner == owner, assessments.c.key == key)
    row = tx.execute(sa.select(assessments).where(*mine)).one_or_none()
    return (_assessment(row), row.body) if row else None


def find_assessment(tx: ReadTx, assessment: str) -> Assessment | None:
    row = tx.execute(sa.select(assessments).where(assessments.c.id == assessment)).one_or_none()
    return _assessment(row) if row else None


def load_sealed(tx: ReadTx, assessment: str) -> bytes:
    query = sa.select(assessments.c.sealed).where(assessments.c.id == assessment)
    return bytes(tx.execute(query).scalar_one())


def newest_of(tx: ReadTx, owner: str) -> Assessment | None:
    query = sa.select(assessments).where(assessments.c.owner == owner)
    newest = query.order_by(assessments.c.at_ms.desc(), assessments.c.id.desc()).limit(1)
    row = tx.execute(newest).one_or_none()
    return _assessment(row) if row else None


def made_by(tx: ReadTx, person: str, since: str) -> list[tuple[str, int]]:
    """Day and moment of every assessment of a person after a day."""
    query = sa.select(assessments.c.day, assessments.c.at_ms)
    mine = (assessments.c.person == person, assessments.c.day > since)
    return [(row.day, row.at_ms) for row in tx.execute(query.where(*mine))]


def person_of(tx: ReadTx, owner: str) -> str:
    """By whom an owner's assessments were counted; the owner where none was made."""
    query = sa.select(assessments.c.person).where(assessments.c.owner == owner)
    found = tx.execute(query.order_by(assessments.c.at_ms.desc()).limit(1)).scalar()
    return found or owner


def insert_asked_again(
    tx: Tx,
    attempt: AskedAgainId,
    owner: str,
    version: str,
    codes: Iterable[str],
    evidence: str,
    sealed: bytes,
) -> None:
    tx.execute(
        asked_again.insert().values(
            id=str(attempt),
            owner=owner,
            version=version,
            codes=",".join(codes),
            at_ms=tx.now_ms(),
            evidence=evidence,
            sealed=sealed,
        )
    )


def insert_mismatch(tx: Tx, one: Mismatch, key: str) -> None:
    names = [name for name in Mismatch.__slots__ if name not in ("id", "class_", "mismatches")]
    values: dict[str, Any] = {name: getattr(one, name) for name in names}
    values |= {
        "id": str(one.id),
        "key": key,
        "class_": one.class_.value,
        "assessment": str(one.assessment),
        "mismatches": ",".join(one.mismatches),
    }
    tx.execute(mismatches.insert().values(values))


def _mismatch(row: Any) -> Mismatch:
    values = {name: getattr(row, name) for name in Mismatch.__slots__}
    values["id"], values["class_"] = MismatchId(row.id), RiskClass(row.class_)
    values["assessment"] = AssessmentId(row.assessment)
    values["mismatches"] = tuple(row.mismatches.split(","))
    return Mismatch(**values)


def find_mismatch_request(tx: ReadTx, owner: str, key: str) -> Mismatch | None:
    mine = (mismatches.c.owner == owner, mismatches.c.key == key)
    row = tx.execute(sa.select(mismatches).where(*mine)).one_or_none()
    return _mismatch(row) if row else None


def confirmed_under(tx: ReadTx, owner: str, assessment: str) -> frozenset[str]:
    """Products insisted on since an assessment."""
    mine = (mismatches.c.owner == owner, mismatches.c.assessment == assessment)
    return frozenset(tx.execute(sa.select(mismatches.c.product).where(*mine)).scalars())


def list_mismatches(tx: ReadTx, owner: str, limit: int) -> list[Mismatch]:
    query = sa.select(mismatches).where(mismatches.c.owner == owner)
    return [
        _mismatch(row) for row in tx.execute(query.order_by(mismatches.c.id.desc()).limit(limit))
    ]


def save_experience(tx: Tx, owner: str, source: str, first_trade: str) -> bool:
    """Whether it says anything new: an earlier day than before replaces it, a later one doesn't."""
    mine = (experience.c.owner == owner, experience.c.source == source)
    known = tx.execute(sa.select(experience.c.first_trade).where(*mine)).scalar()
    if known is not None and known <= first_trade:
        return False
    values = {"first_trade": first_trade, "at_ms": tx.now_ms()}
    if known is None:
        tx.execute(experience.insert().values(owner=owner, source=source, **values))
    else:
        tx.execute(experience.update().where(*mine).values(values))
    return True


def first_trade(tx: ReadTx, owner: str) -> str:
    """The earliest day that any source says; "" when none does."""
    query = sa.select(sa.func.min(experience.c.first_trade)).where(experience.c.owner == owner)
    return tx.execute(query).scalar() or ""


def insert_permission(
    tx: Tx, one: PermissionRequest, key: str, signed: list[tuple[str, str]]
) -> None:
    tx.execute(
        requests.insert().values(
            id=str(one.id),
            owner=one.owner,
            key=key,
            permission=one.permission,
            granted=one.granted,
            checks=msgspec.json.encode(one.checks).decode(),
            signed=msgspec.json.encode(signed).decode(),
            day=one.day,
            at_ms=one.at_ms,
            told=one.told,
            code=one.code,
        )
    )


def _permission(row: Any) -> PermissionRequest:
    return PermissionRequest(
        PermissionRequestId(row.id),
        row.owner,
        row.permission,
        row.granted,
        _checks.decode(row.checks),
        row.day,
        row.at_ms,
        row.told,
        row.code,
    )


def find_permission_request(tx: ReadTx, owner: str, key: str) -> PermissionRequest | None:
    mine = (requests.c.owner == owner, requests.c.key == key)
    row = tx.execute(sa.select(requests).where(*mine)).one_or_none()
    return _permission(row) if row else None


def list_permission_requests(tx: ReadTx, owner: str, limit: int) -> list[PermissionRequest]:
    """Newest first."""
    query = sa.select(requests).where(requests.c.owner == owner)
    newest = query.order_by(requests.c.at_ms.desc(), requests.c.id.desc()).limit(limit)
    return [_permission(row) for row in tx.execute(newest)]


def untold(tx: ReadTx, limit: int) -> list[PermissionRequest]:
    """Granted, and some counter hasn't been told."""
    query = sa.select(requests).where(requests.c.told.is_(False), requests.c.granted.is_(True))
    return [_permission(row) for row in tx.execute(query.order_by(requests.c.id).limit(limit))]


def save_told(tx: Tx, request: str, code: str) -> None:
    """What the counters answered; "" once every one knows."""
    mine = requests.c.id == request
    tx.execute(requests.update().where(mine).values(told=not code, code=code))


def hand_over(tx: Tx, before: str, after: str) -> int:
    """Everything of one owner becomes another's; how many rows."""
    moved = 0
    for table in _OWNED:
        query = table.update().where(table.c.owner == before).values(owner=after)
        moved += tx.execute(query).rowcount
    mine = assessments.c.person == before
    moved += tx.execute(assessments.update().where(mine).values(person=after)).rowcount
    return moved
