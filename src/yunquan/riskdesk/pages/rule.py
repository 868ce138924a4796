"""One rule: its text, what its versions went through and what they change, its shadow, its
back-tests, and what may be done with it.
"""

from __future__ import annotations

import asyncio
from typing import Any, Final

from litestar import get, post
from litestar.params import FromPath
from litestar.response import Redirect, Response

from yunquan.approvals.types import Proposal
from yunquan.backtests.rules import MOST_WARM
from yunquan.kernel.clock import to_ms
from yunquan.kernel.errors import Invalid, YunquanError
from yunquan.kernel.zone import day_begins_ms, day_of
from yunquan.riskdesk.pages import forms
from yunquan.riskdesk.pages.difference import difference
from yunquan.riskdesk.pages.parts import ACT, LONGEST_CODE, SEE, Here, TheHere, second
from yunquan.riskdesk.pages.rules import SINCE_MS
from yunquan.rulebook import title_of
from yunquan.rulebook.types import RuleState, RuleVersion

PATH: Final = "/staff/watch/rules/{rule:str}"
PAGE: Final = "riskdesk/rule.html"
DONE: Final = ("drafted", "shadow", "unshadow", "proposed", "asked")


@get(PATH, opt=SEE)
async def rule_page(here: TheHere, rule: FromPath[str]) -> Response[str]:
    """Raises NotFound rulebook.unknown."""
    fresh = forms.empty(here, DONE)
    shown = await asyncio.to_thread(one_rule_facts, here, rule[:LONGEST_CODE], fresh)
    return here.templates.page(PAGE, **shown)


def one_rule_facts(here: Here, rule: str, filled: forms.Forms) -> dict[str, Any]:
    """Everything the page shows."""
    query = here.request.query_params
    versions = here.rules.versions_of(rule)
    live = next((one for one in versions if one.state is RuleState.LIVE), None)
    chosen = _of(versions, query.get("version", "")) or live or versions[0]
    against = _of(versions, query.get("against", "")) or _against(versions, chosen, live)
    report = here.backtests.shadow(rule)
    now_ms = to_ms(here.desk.clock.now())
    hits = here.alerts.counts(day_begins_ms(day_of(now_ms)))
    return {
        "versions": versions,
        "one": chosen,
        "live": live,
        "against": against,
        "changed": difference(against.text, chosen.text) if against else [],
        "title": title_of(chosen.text, here.locale),
        "history": here.rules.history(rule),
        "proposals": [(one, _sentence(here, one)) for one in here.rules.open_proposals(rule)],
        "hits": sum(n for (code, _, shadow), n in hits.items() if code == rule and not shadow),
        "did": next((o for o in here.cases.precision(now_ms - SINCE_MS) if o.rule == rule), None),
        "report": report,
        "only_new": here.alerts.lines(report.examples_new, here.locale) if report else [],
        "only_old": here.alerts.lines(report.examples_old, here.locale) if report else [],
        "days": here.backtests.days(),
        "recent": here.backtests.recent(rule),
        "most_warm": MOST_WARM,
        "may_act": here.may_act,
        "names": here.names(),
        "second": second,
        "market": here.desk.market_status(),
        "forms": filled,
    }


def _of(versions: list[RuleVersion], number: str) -> RuleVersion | None:
    return next((one for one in versions if str(one.version) == number), None)


def _against(
    versions: list[RuleVersion], chosen: RuleVersion, live: RuleVersion | None
) -> RuleVersion | None:
    """What a version is read against: what is live, of the live one the version before."""
    if live is not None and live is not chosen:
        return live
    older = [one for one in versions if one.version < chosen.version]
    return older[0] if older else None


def _sentence(here: Here, proposal: Proposal) -> str:
    return here.rules.sentence(proposal, here.locale, here.desk.text(here.locale))


@post(PATH + "/{act:str}", opt=ACT, status_code=200)
async def act_on_rule(here: TheHere, rule: FromPath[str], act: FromPath[str]) -> Response[Any]:
    """Run in the shadow or end that, propose to publish, roll back or retire; a refusal stands
    beside its form.
    """
    form, rule = await here.texts(), rule[:LONGEST_CODE]
    try:
        done = await asyncio.to_thread(_acted, here, rule, act, form)
    except YunquanError as error:
        refused = forms.refused(here, act, error, form)
        shown = await asyncio.to_thread(one_rule_facts, here, rule, refused)
        return here.templates.page(PAGE, status=error.status, **shown)
    version = form.get("version", "")
    return Redirect(f"/staff/watch/rules/{rule}?version={version}&done={done}", status_code=303)


def _acted(here: Here, rule: str, act: str, form: dict[str, str]) -> str:
    actor, basis = here.session.actor, form.get("basis", "")
    typed = form.get("version", "")
    version = int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 7 else 0
    form["version"] = str(version)
    key = forms.key_of(form)
    match act:
        case "shadow":
            here.rules.shadow(actor, rule, version, basis)
        case "unshadow":
            here.rules.end_shadow(actor, rule, version, basis)
        case "publish" | "retire":
            here.rules.propose(actor, key, rule, version, basis, retire=act == "retire")
            return "proposed"
        case _:
            raise Invalid("act.unknown", act=act[:20])
    return act


handlers = [rule_page, act_on_rule]
