"""Surveillance for staff: alerts, cases, rules with their versions, checking a rule, back-tests."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import Annotated, Final

from litestar import Router, get, post, put
from litestar.di import NamedDependency
from litestar.params import JSONBody, Parameter

from yunquan.backtests import Backtests
from yunquan.backtests.types import Backtest, NewBacktest, StreamDay
from yunquan.cases import Cases
from yunquan.cases.types import Case
from yunquan.partners.api.caller import Calling
from yunquan.rulebook import RuleBook
from yunquan.rulebook.types import RuleText, RuleVersion
from yunquan.surveillance import Alerts
from yunquan.surveillance.types import AlertLine

TheAlerts = NamedDependency[Alerts]
TheRules = NamedDependency[RuleBook]
TheBacktests = NamedDependency[Backtests]
TheCases = NamedDependency[Cases]
SEE: Final = {"who": "staff", "roles": ("risk", "operations", "audit")}
ACT: Final = {"who": "staff", "roles": ("risk",)}
KEYED: Final = ACT | {"idempotent": True}
RuleCode = Annotated[str, Parameter(max_length=60, description="The rule's code.")]
BacktestName = Annotated[str, Parameter(max_length=40, description="The back-test's id.")]
Grade = Annotated[int, Parameter(ge=1, le=4, description="This grade and above.")]
Limit = Annotated[int, Parameter(ge=1, le=200, description="How many.")]
BeforeMs = Annotated[
    int, Parameter(ge=0, description="`at_ms` of the last one of the page before.")
]


@get(
    "/alerts",
    opt={"look": "risk_alerts", "look_at": "*"},
    summary="Alerts of live rules, newest first",
)
async def alert_list(
    caller: Calling,
    alerts: TheAlerts,
    account: Annotated[str, Parameter(max_length=60)] = "",
    least_grade: Grade = 1,
    before_ms: BeforeMs = 2**53,
    limit: Limit = 60,
) -> tuple[AlertLine, ...]:
    """`values` are in the units of the catalogue (fen, milli, ms, shares of 1); `reasons` say the
    same in words.
    """
    load = partial(alerts.recent, account=account, least_grade=least_grade)
    return tuple(await asyncio.to_thread(load, caller.locale, before_ms=before_ms, limit=limit))


@get("/cases", opt={"look": "risk_cases", "look_at": "*"}, summary="Cases, most urgent first")
async def case_list(
    cases: TheCases, closed: bool = False, least_grade: Grade = 1
) -> tuple[Case, ...]:
    """Those that wait, or those that are closed."""
    load = partial(cases.board, closed=closed, least_grade=least_grade)
    return tuple(await asyncio.to_thread(load))


@get("/rules", summary="Rules that run or are drafted")
async def rule_list(rulebook: TheRules) -> tuple[RuleVersion, ...]:
    """By code. Thresholds of live rules are not for clients."""
    return tuple(await asyncio.to_thread(rulebook.rules))


@get("/rules/{rule:str}", summary="Every version of a rule, newest first")
async def rule_versions(rulebook: TheRules, rule: RuleCode) -> tuple[RuleVersion, ...]:
    """With the state each is in, by whom and on what ground."""
    return tuple(await asyncio.to_thread(rulebook.versions_of, rule))


@post("/rules/check", status_code=204, opt=KEYED, summary="Check the text of a rule")
async def check_rule(caller: Calling, rulebook: TheRules, data: JSONBody[RuleText]) -> None:
    """Nothing is kept. The problem names the `part` ("step" or "without"), its `line` and the
    `column`, where one is wrong.
    """
    caller.key()
    await asyncio.to_thread(rulebook.check, data)


@get("/backtests/days", summary="Days that can be run again, newest first")
async def backtest_days(backtests: TheBacktests) -> tuple[StreamDay, ...]:
    """`tape`: whether the market's part of the day is still there."""
    return tuple(await asyncio.to_thread(backtests.days))


@post("/backtests", status_code=200, opt=KEYED, summary="Run versions of rules over past days")
async def ask_backtest(
    caller: Calling, backtests: TheBacktests, data: JSONBody[NewBacktest]
) -> Backtest:
    """It waits for its turn; read it until its `state` is done, failed or cancelled."""
    return await asyncio.to_thread(backtests.ask, caller.actor, caller.key(), data)


@get("/backtests/{backtest:str}", opt={"look": "risk_backtest"}, summary="A back-test")
async def read_backtest(backtests: TheBacktests, backtest: BacktestName) -> Backtest:
    """`done` of `total` batches while it runs; `result` once it is done."""
    return await asyncio.to_thread(backtests.load, backtest)


@put("/backtests/{backtest:str}/cancelled", status_code=200, opt=ACT, summary="Stop a back-test")
async def cancel_backtest(backtests: TheBacktests, backtest: BacktestName) -> Backtest:
    """One that is over stays as it is: 409."""
    return await asyncio.to_thread(backtests.cancel, backtest)


router = Router(
    "/staff",
    route_handlers=[
        alert_list,
        case_list,
        rule_list,
        rule_versions,
        check_rule,
        backtest_days,
        ask_backtest,
        read_backtest,
        cancel_backtest,
    ],
    opt=SEE,
    tags=["staff"],
)
