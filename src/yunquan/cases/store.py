"""Tables of cases."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import msgspec
import sqlalchemy as sa

from yunquan.cases.types import Basis, Case, CaseState, CaseStep, Measure, MeasureKind, Precision
from yunquan.kernel.transaction import ReadTx, Tx, metadata

# Alerts that a proposal of a line rests on, at the most.
MOST_JUDGED = 20_000
MOST_STANDING = 100
cases = sa.Table(
    "cases_case",
    metadata,
    sa.Column("id", sa.String(40), primary_key=True),
    sa.Column("about", sa.String(260), nullable=False),
    sa.Column("kind", sa.String(40), nullable=False),
    sa.Column("account", sa.String(60), nullable=False),
    sa.Column("symbol", sa.String(20), nullable=False),
    sa.Column("other", sa.String(60), nullable=False),
    sa.Column("device", sa.String(200), nullable=False),
    sa.Column("grade", sa.Integer, nullable=False),
    sa.Column("score", sa.Integer, nullable=False),
    sa.Column("state", sa.String(12), nullable=False),
    sa.Column("opened_at_ms", sa.BigInteger, nullable=False),
    sa.Column("last_at_ms", sa.BigInteger, nullable=False),
    sa.Column("alerts", sa.Integer, nullable=False),
    sa.Column("take_by_ms", sa.BigInteger, nullable=False),
    sa.Column("decide_by_ms", sa.BigInteger, nullable=False),
    sa.Column("escalated", sa.Integer, nullable=False),
    sa.Column("taken_by", sa.String(60), nullable=False),
    sa.Column("taken_at_ms", sa.BigInteger, nullable=False),
    sa.Column("outcome", sa.String(12), nullable=False),
    sa.Column("lesson", sa.String(400), nullable=False),
    sa.Column("closed_by", sa.String(60), nullable=False),
    sa.Column("closed_at_ms", sa.BigInteger, nullable=False),
    # Set while it takes alerts, so that two of one thing can't be open at once.
    sa.Column("open_about", sa.String(260), unique=True),
    sa.Index("cases_case_by_state", "state", "grade", "opened_at_ms"),
    sa.Index("cases_case_by_account", "account", "opened_at_ms"),
    sa.Index("cases_case_by_kind", "kind", "closed_at_ms"),
)
alerts = sa.Table(
    "cases_alert",
    metadata,
    sa.Column("alert", sa.String(40), primary_key=True),
    sa.Column("case", sa.String(40), nullable=False),
    sa.Column("rule", sa.String(60), nullable=False),
    sa.Column("at_ms", sa.BigInteger, nullable=False),
    sa.Index("cases_alert_by_case", "case", "at_ms"),
    sa.Index("cases_alert_by_rule", "rule", "at_ms"),
)
measures = sa.Table(
    "cases_measure",
    metadata,
    sa.Column("id", sa.String(40), primary_key=True),
    sa.Column("request", sa.String(140), unique=True),
    sa.Column("case", sa.String(40), nullable=False),
    sa.Column("kind", sa.String(20), nullable=False),
    sa.Column("account", sa.String(60), nullable=False),
    sa.Column("basis", sa.LargeBinary, nullable=False),
    sa.Column("automatic", sa.Boolean, nullable=False),
    sa.Column("by", sa.String(60), nullable=False),
    sa.Column("at_ms", sa.BigInteger, nullable=False),
    sa.Column("proposal", sa.String(40), nullable=False),
    sa.Column("undone_by", sa.String(60), nullable=False),
    sa.Column("undone_at_ms", sa.BigInteger, nullable=False),
    sa.Column("detail", sa.String(20), nullable=False, server_default=""),
    sa.Index("cases_measure_by_case", "case", "at_ms"),
    sa.Index("cases_measure_by_account", "account", "undone_by"),
)
steps = sa.Table(
    "cases_step",
    metadata,
    sa.Column("case", sa.String(40), primary_key=True),
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("at_ms", sa.BigInteger, nullable=False),
    sa.Column("who", sa.String(60), nullable=False),
    sa.Column("what", sa.String(40), nullable=False),
    sa.Column("facts", sa.LargeBinary, nullable=False),
)

# Names a statement takes.
AT_ONCE: Final = 500


def find_open(tx: ReadTx, about: str) -> Case | None:
    """The case that takes alerts about this."""
    row = tx.execute(cases.select().where(cases.c.open_about == about)).first()
    return _case(row) if row else None


def find_case(tx: ReadTx, case: str) -> Case | None:
    row = tx.execute(cases.select().where(cases.c.id == case)).first()
    return _case(row) if row else None


def insert_case(tx: Tx, case: Case) -> None:
    tx.execute(cases.insert().values(**_case_row(case)))


def update_case(tx: Tx, case: Case) -> None:
    tx.execute(cases.update().where(cases.c.id == case.id).values(**_case_row(case)))


def list_cases(
    tx: ReadTx, states: Sequence[CaseState], limit: int, *, least_grade: int = 1
) -> list[Case]:
    """Most urgent first."""
    query = (
        cases.select()
        .where(cases.c.state.in_(states), cases.c.grade >= least_grade)
        .order_by(cases.c.grade.desc(), cases.c.opened_at_ms, cases.c.id)
        .limit(limit)
    )
    return [_case(row) for row in tx.execute(query)]


def judged_of(tx: ReadTx, case: Case, limit: int) -> list[Case]:
    """Those of the same kind that a person closed, newest first."""
    judged = (cases.c.state == "closed", cases.c.outcome != "")
    query = (
        cases.select()
        .where(cases.c.kind == case.kind, *judged, cases.c.id != case.id)
        .order_by(cases.c.closed_at_ms.desc(), cases.c.id)
        .limit(limit)
    )
    return [_case(row) for row in tx.execute(query)]


def of_account(tx: ReadTx, account: str, since_ms: int, limit: int) -> list[Case]:
    """An account's, newest first."""
    query = (
        cases.select()
        .where(cases.c.account == account, cases.c.last_at_ms >= since_ms)
        .order_by(cases.c.opened_at_ms.desc(), cases.c.id)
        .limit(limit)
    )
    return [_case(row) for row in tx.execute(query)]


def waiting_of(tx: ReadTx, accounts: Sequence[str], states: Sequence[CaseState]) -> dict[str, int]:
    """How many of these states there are about each account; those with none are left out."""
    query = (
        sa.select(cases.c.account, sa.func.count().label("many"))
        .where(cases.c.account.in_(accounts), cases.c.state.in_(states))
        .group_by(cases.c.account)
    )
    return {row.account: row.many for row in tx.execute(query)}


def standing_at(tx: ReadTx, at_ms: int, limit: int) -> list[Case]:
    """Opened by then and not over yet then, as they are now; the newest."""
    over = sa.or_(cases.c.closed_at_ms == 0, cases.c.closed_at_ms > at_ms)
    query = (
        cases.select()
        .where(cases.c.opened_at_ms <= at_ms, over)
        .order_by(cases.c.opened_at_ms.desc(), cases.c.id)
        .limit(limit)
    )
    return [_case(row) for row in tx.execute(query)]


def counts(tx: ReadTx) -> dict[tuple[str, int], int]:
    """How many there are, by state and grade."""
    query = sa.select(cases.c.state, cases.c.grade, sa.func.count().label("many")).group_by(
        cases.c.state, cases.c.grade
    )
    return {(row.state, row.grade): row.many for row in tx.execute(query)}


def insert_alert(tx: Tx, alert: str, case: str, rule: str, at_ms: int) -> None:
    """It belongs to this case; whoever calls has asked whether it was folded before."""
    tx.execute(alerts.insert().values(alert=alert, case=case, rule=rule, at_ms=at_ms))


def is_folded(tx: ReadTx, alert: str) -> bool:
    query = sa.select(alerts.c.case).where(alerts.c.alert == alert)
    return tx.execute(query).first() is not None


def alerts_of(tx: ReadTx, case: str, limit: int) -> list[str]:
    """Ids of its alerts, newest first."""
    query = (
        sa.select(alerts.c.alert)
        .where(alerts.c.case == case)
        .order_by(alerts.c.at_ms.desc(), alerts.c.alert.desc())
        .limit(limit)
    )
    return [row[0] for row in tx.execute(query)]


def alerts_of_all(tx: ReadTx, wanted: Sequence[str]) -> dict[str, list[tuple[str, int]]]:
    """(alert, at_ms) of each of these cases, oldest first."""
    found: dict[str, list[tuple[str, int]]] = {case: [] for case in wanted}
    query = alerts.select().where(alerts.c.case.in_(wanted)).order_by(alerts.c.at_ms)
    for row in tx.execute(query):
        found[row.case].append((row.alert, row.at_ms))
    return found


def cases_of_alerts(tx: ReadTx, wanted: Sequence[str]) -> dict[str, str]:
    """By alert the case it belongs to; those with none are left out."""
    query = sa.select(alerts.c.alert, alerts.c.case).where(alerts.c.alert.in_(wanted))
    return {row.alert: row.case for row in tx.execute(query)}


def insert_measure(tx: Tx, one: Measure, request: str | None) -> None:
    tx.execute(measures.insert().values(**_measure_row(one), request=request))


def update_measure(tx: Tx, one: Measure) -> None:
    tx.execute(measures.update().where(measures.c.id == one.id).values(**_measure_row(one)))


def find_measure(
    tx: ReadTx, measure: str = "", *, request: str = "", proposal: str = ""
) -> Measure | None:
    """By its id, by the request that asked for it, or by its proposal."""
    c = measures.c
    where = c.proposal == proposal if proposal else c.request == request
    row = tx.execute(measures.select().where(c.id == measure if measure else where)).first()
    return _measure(row) if row else None


def to_carry_out(tx: ReadTx, kinds: Sequence[str], limit: int) -> list[Measure]:
    """What the table did that no counter was told of yet, oldest first."""
    c = measures.c
    open_ones = (c.automatic, c.proposal == "", c.undone_by == "", c.kind.in_(kinds))
    query = measures.select().where(*open_ones).order_by(c.at_ms, c.id).limit(limit)
    return [_measure(row) for row in tx.execute(query)]


def standing_measures(
    tx: ReadTx, accounts: Sequence[str], kinds: Sequence[MeasureKind]
) -> list[Measure]:
    """Of these kinds on these accounts, those that nobody has undone, oldest first."""
    c = measures.c
    mine = (c.account.in_(accounts), c.kind.in_([str(kind) for kind in kinds]), c.undone_by == "")
    query = measures.select().where(*mine).order_by(c.at_ms, c.id).limit(MOST_STANDING)
    return [_measure(row) for row in tx.execute(query)]


def measures_of(tx: ReadTx, case: str) -> list[Measure]:
    """Oldest first."""
    query = measures.select().where(measures.c.case == case).order_by(measures.c.at_ms)
    return [_measure(row) for row in tx.execute(query)]


def add_step(tx: Tx, case: str, what: str, facts: Mapping[str, str]) -> None:
    """The next line of its timeline."""
    query = sa.select(sa.func.max(steps.c.number)).where(steps.c.case == case)
    number = (tx.execute(query).scalar() or 0) + 1
    tx.execute(
        steps.insert().values(
            case=case,
            number=number,
            at_ms=tx.now_ms(),
            who=tx.actor,
            what=what,
            facts=msgspec.json.encode(dict(facts)),
        )
    )


def steps_of(tx: ReadTx, *wanted: str) -> list[CaseStep]:
    """Of these cases, case by case, oldest first."""
    query = steps.select().where(steps.c.case.in_(wanted)).order_by(steps.c.case, steps.c.number)
    return [
        CaseStep(
            row.case,
            row.number,
            row.at_ms,
            row.who,
            row.what,
            msgspec.json.decode(row.facts, type=dict[str, str]),
        )
        for row in tx.execute(query)
    ]


def judged_alerts(tx: ReadTx, since_ms: int) -> list[Any]:
    """rule, alert, case and outcome of the alerts since then whose case a person closed."""
    query = (
        sa.select(alerts.c.rule, alerts.c.alert, alerts.c.case, cases.c.outcome)
        .join_from(alerts, cases, alerts.c.case == cases.c.id)
        .where(alerts.c.at_ms >= since_ms, cases.c.outcome != "")
        .order_by(alerts.c.rule, alerts.c.at_ms.desc(), alerts.c.alert)
        .limit(MOST_JUDGED)
    )
    return list(tx.execute(query))


def precision(tx: ReadTx, since_ms: int) -> list[Precision]:
    """Every rule that gave alerts since then, by code."""
    is_a = {
        name: sa.func.count(sa.distinct(sa.case((cases.c.outcome == name, cases.c.id))))
        for name in ("confirmed", "innocent", "unclear")
    }
    query = (
        sa.select(
            alerts.c.rule,
            sa.func.count(alerts.c.alert),
            sa.func.count(sa.distinct(alerts.c.case)),
            *is_a.values(),
        )
        .join_from(alerts, cases, alerts.c.case == cases.c.id)
        .where(alerts.c.at_ms >= since_ms)
        .group_by(alerts.c.rule)
        .order_by(alerts.c.rule)
    )
    return [Precision(*row) for row in tx.execute(query)]


def outcomes_of(tx: ReadTx, ids: Sequence[str]) -> dict[str, str]:
    """Outcome by alert, of those whose case is closed."""
    found = dict[str, str]()
    for at in range(0, len(ids), AT_ONCE):
        query = (
            sa.select(alerts.c.alert, cases.c.outcome)
            .join_from(alerts, cases, alerts.c.case == cases.c.id)
            .where(alerts.c.alert.in_(ids[at : at + AT_ONCE]), cases.c.outcome != "")
        )
        found |= {row.alert: row.outcome for row in tx.execute(query)}
    return found


def _case_row(case: Case) -> dict[str, Any]:
    open_about = None if case.state is CaseState.CLOSED else case.about
    return msgspec.structs.asdict(case) | {"state": str(case.state), "open_about": open_about}


def _case(row: sa.Row[Any]) -> Case:
    facts: dict[str, Any] = {name: getattr(row, name) for name in Case.__struct_fields__}
    facts["state"] = CaseState(row.state)
    return Case(**facts)


def _measure_row(one: Measure) -> dict[str, Any]:
    basis = msgspec.json.encode(one.basis)
    return msgspec.structs.asdict(one) | {"kind": str(one.kind), "basis": basis}


def _measure(row: sa.Row[Any]) -> Measure:
    facts: dict[str, Any] = {name: getattr(row, name) for name in Measure.__struct_fields__}
    facts["kind"] = MeasureKind(row.kind)
    facts["basis"] = msgspec.json.decode(row.basis, type=Basis)
    return Measure(**facts)
