"""Back-tests: asking for one, seeing how far it is, what it found; stopping it."""

from __future__ import annotations

import asyncio
from typing import Any, Final

from litestar import get, post
from litestar.params import FromPath
from litestar.response import Redirect, Response

from yunquan.backtests.types import NewBacktest, RuleFound, RuleRef
from yunquan.kernel.errors import YunquanError
from yunquan.riskdesk.pages import forms
from yunquan.riskdesk.pages.parts import ACT, LONGEST_CODE, LONGEST_ID, SEE, Here, TheHere, second
from yunquan.riskdesk.pages.rule import PAGE as RULE_PAGE
from yunquan.riskdesk.pages.rule import one_rule_facts

PAGE: Final = "riskdesk/backtest.html"
PATH: Final = "/staff/watch/backtests/{backtest:str}"


@post("/staff/watch/backtests", opt=ACT, status_code=200)
async def ask_backtest(here: TheHere) -> Response[Any]:
    """A refusal stands beside the form on the rule's page."""
    form = await here.request.form()
    rule = str(form.get("rule", ""))[:LONGEST_CODE]
    given = {name: str(form.get(name, ""))[:20] for name in ("day", "until", "warm")}
    versions = [str(one) for one in form.getall("version", [])]
    refs = tuple(RuleRef(rule, int(one)) for one in versions if one.isdigit() and len(one) < 7)
    warm = int(given["warm"]) if given["warm"].isdigit() else -1
    wish = NewBacktest(refs, given["day"], given["until"] or given["day"], warm)
    key = forms.key_of({"key": str(form.get("key", ""))})
    try:
        one = await asyncio.to_thread(here.backtests.ask, here.session.actor, key, wish)
    except YunquanError as error:
        refused = forms.refused(here, "backtest", error, given)
        shown = await asyncio.to_thread(one_rule_facts, here, rule, refused)
        return here.templates.page(RULE_PAGE, status=error.status, **shown)
    return Redirect(f"/staff/watch/backtests/{one.id}", status_code=303)


@get(PATH, opt=SEE | {"look": "risk_backtest"})
async def backtest_page(here: TheHere, backtest: FromPath[str]) -> Response[str]:
    """?part=board is the part that changes. Raises NotFound backtests.unknown."""
    fresh = forms.empty(here)
    shown = await asyncio.to_thread(backtest_facts, here, backtest[:LONGEST_ID], fresh)
    part = here.request.query_params.get("part", "")
    return here.templates.page(PAGE, "board" if part == "board" else "", **shown)


def backtest_facts(here: Here, backtest: str, filled: forms.Forms) -> dict[str, Any]:
    """Everything the page shows."""
    one = here.backtests.load(backtest)
    found = one.result.rules if one.result else ()
    return {
        "one": one,
        "rules": [_rule(here, each) for each in found],
        "why": here.desk.text(here.locale)(one.failed, minutes=60, day=one.wish.from_day)
        if one.failed
        else "",
        "names": here.names(),
        "may_act": here.may_act,
        "second": second,
        "market": here.desk.market_status(),
        "forms": filled,
    }


def _rule(here: Here, found: RuleFound) -> dict[str, Any]:
    most = max(found.by_hour, default=0)
    return {
        "found": found,
        "told": here.backtests.told(found),
        # Bars of a drawing 24 wide and 40 high.
        "bars": [(hour, n, round(38 * n / most, 1) if most else 0) for hour, n in _hours(found)],
        "new": here.alerts.lines(found.examples_new, here.locale),
        "old": here.alerts.lines(found.examples_old, here.locale),
        "both": here.alerts.lines(found.examples_both, here.locale),
    }


def _hours(found: RuleFound) -> list[tuple[int, int]]:
    return list(enumerate(found.by_hour))


@post(PATH + "/cancel", opt=ACT, status_code=200)
async def cancel_backtest(here: TheHere, backtest: FromPath[str]) -> Response[Any]:
    """It stops where it is; a refusal stands on its page."""
    backtest = backtest[:LONGEST_ID]
    try:
        await asyncio.to_thread(here.backtests.cancel, backtest)
    except YunquanError as error:
        if error.code == "backtests.unknown":
            raise
        refused = forms.refused(here, "cancel", error, {})
        shown = await asyncio.to_thread(backtest_facts, here, backtest, refused)
        return here.templates.page(PAGE, status=error.status, **shown)
    return Redirect(f"/staff/watch/backtests/{backtest}", status_code=303)


handlers = [ask_backtest, backtest_page, cancel_backtest]
