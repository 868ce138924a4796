"""Exceptional days: what may be stopped, who must agree, and how it reads. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Final

from yunquan.approvals.rules import REPEATABLE_FOR_MS, is_whole, standing
from yunquan.approvals.types import Proposal, ProposalState
from yunquan.counter.types import (
    HealthView,
    ResumeTrading,
    StopTrading,
    StopView,
    UseGateway,
)
from yunquan.kernel.errors import Refused
from yunquan.switches.types import (
    CounterOutcome,
    CounterSwitches,
    GatewayLine,
    ProposalLine,
    StopLine,
)

STOP: Final = "stop_trading"
RESUME: Final = "resume_trading"
GATEWAY: Final = "use_gateway"
KINDS: Final = (STOP, RESUME, GATEWAY)
WHOLE_FIRM: Final = "all"
MARKETS: Final = ("SH", "SZ", "BJ")
LONGEST_NOTICE: Final = 200
_SYMBOL: Final = re.compile(r"[0-9]{6}\.(SH|SZ|BJ)")

Text = Callable[..., str]
# An actor as people know them; the actor itself where nobody is known.
Name = Callable[[str], str]


def needs_second(kind: str, scope: str) -> bool:
    """Whether one person isn't enough: for what touches every client of the firm. A market or a
    symbol is stopped and let go by one, since there every minute counts and less hangs on it.
    """
    return kind == GATEWAY or scope == WHOLE_FIRM


def check_scope(scope: str, known: Collection[str]) -> Refused | None:
    """A scope is the firm, a market, or something that trades today. known: what does; while the
    exchange hasn't been heard, anything that looks like a symbol will do.
    """
    if scope == WHOLE_FIRM or scope in MARKETS or scope in known:
        return None
    if not known and _SYMBOL.fullmatch(scope):
        return None
    return Refused("switch.scope", {"scope": scope[:20]})


def check_notices(notice_zh: str, notice_en: str) -> Refused | None:
    """Clients are told in both languages, always."""
    for notice in (notice_zh, notice_en):
        if not 0 < len(notice.strip()) <= LONGEST_NOTICE:
            return Refused("switch.notice", {"longest": LONGEST_NOTICE})
    return None


def command_of(proposal: Proposal) -> StopTrading | ResumeTrading | UseGateway:
    """What every counter is told; the same command again has no second effect."""
    name, wish = f"{proposal.proposed_by}:{proposal.id}", proposal.wish
    if proposal.kind == RESUME:
        return ResumeTrading(name, wish["scope"], proposal.basis)
    notices = (wish["notice_zh"], wish["notice_en"])
    if proposal.kind == GATEWAY:
        return UseGateway(name, wish["gateway"], proposal.basis, *notices)
    return StopTrading(name, wish["scope"], proposal.basis, *notices)


def proposal_of(command: str) -> str:
    """The proposal a command came from, by the command's id."""
    return command.rpartition(":")[2]


def refused_everywhere(proposal: Proposal) -> str:
    """The refusal that every counter gave; "" when one did it, wasn't reached, or gave another."""
    codes = set(proposal.outcome.values())
    code = codes.pop() if len(codes) == 1 else ""
    return code if code.startswith(("stop.", "gateway.")) else ""


def scope_text(scope: str, name: Callable[[str], str], text: Text) -> str:
    """A scope in words; a symbol with its name."""
    if scope == WHOLE_FIRM or scope in MARKETS:
        return text(f"switch.scope.{scope.lower()}")
    found = name(scope)
    return scope if found == scope else f"{found} {scope}"


def gateway_text(label: str, text: Text) -> str:
    """A gateway in words; the first has no label of its own."""
    return text("switch.gateway.named", label=label) if label else text("switch.gateway.first")


def what_text(proposal: Proposal, name: Name, text: Text) -> str:
    """What is switched, in words."""
    if proposal.kind == GATEWAY:
        return gateway_text(proposal.wish["gateway"], text)
    return scope_text(proposal.wish["scope"], name, text)


def proposal_line(
    proposal: Proposal, actor: str, now_ms: int, who: Name, name: Name, text: Text
) -> ProposalLine:
    """A proposal as this member of staff sees it."""
    wish, state = proposal.wish, standing(proposal, now_ms)
    what = what_text(proposal, name, text)
    facts = {"scope": wish.get("scope", ""), "gateway": wish.get("gateway", "")}
    is_open = state is ProposalState.OPEN
    fresh = now_ms < proposal.decided_at_ms + REPEATABLE_FOR_MS
    return ProposalLine(
        id=str(proposal.id),
        kind=proposal.kind,
        kind_text=text(f"switch.kind.{proposal.kind}"),
        what=what,
        scope=wish.get("scope", ""),
        gateway=wish.get("gateway", ""),
        basis=proposal.basis,
        notice_zh=wish.get("notice_zh", ""),
        notice_en=wish.get("notice_en", ""),
        needs_second=proposal.needs_second,
        proposed_by=who(proposal.proposed_by),
        proposed_at_ms=proposal.proposed_at_ms,
        expires_at_ms=proposal.expires_at_ms,
        state=state.value,
        state_text=_state_text(proposal, state, text),
        decided_by=who(proposal.decided_by) if proposal.decided_by else "",
        decided_at_ms=proposal.decided_at_ms,
        outcome=tuple(
            CounterOutcome(counter, not code, code, text(code, **facts) if code else "")
            for counter, code in sorted(proposal.outcome.items())
        ),
        whole=is_whole(proposal),
        own=actor == proposal.proposed_by,
        may_agree=is_open and actor != proposal.proposed_by,
        may_decline=is_open,
        may_repeat=state is ProposalState.AGREED and not is_whole(proposal) and fresh,
    )


def _state_text(proposal: Proposal, state: ProposalState, text: Text) -> str:
    """Of what was agreed to, the reader wants to know whether it was done."""
    if state is not ProposalState.AGREED or not proposal.outcome:
        return text(f"proposal.state.{state.value}")
    if is_whole(proposal):
        return text("switch.state.done")
    refused = refused_everywhere(proposal)
    return text("switch.state.refused") if refused else text("switch.state.partly")


def stop_lines(
    counters: Mapping[str, HealthView],
    proposals: Mapping[str, Proposal],
    who: Name,
    name: Name,
    text: Text,
) -> tuple[StopLine, ...]:
    """What is stopped, firm first, each with the counters that have it and those that lack it."""
    found: dict[str, list[tuple[str, StopView]]] = {}
    for counter, view in counters.items():
        for stop in view.stops:
            found.setdefault(stop.scope, []).append((counter, stop))
    lines: list[StopLine] = []
    for scope in sorted(found, key=_firm_first):
        latest = max((stop for _, stop in found[scope]), key=lambda stop: stop.since_ms)
        holding = {counter for counter, _ in found[scope]}
        by, second = people_of(latest.command, proposals, who)
        lines.append(
            StopLine(
                scope=scope,
                scope_text=scope_text(scope, name, text),
                basis=latest.basis,
                notice_zh=latest.notice_zh,
                notice_en=latest.notice_en,
                since_ms=latest.since_ms,
                by=by,
                second=second,
                counters=tuple(sorted(holding)),
                missing=tuple(sorted(counters.keys() - holding)),
            )
        )
    return tuple(lines)


def _firm_first(scope: str) -> tuple[bool, bool, str]:
    return (scope != WHOLE_FIRM, scope not in MARKETS, scope)


def causes(counters: Collection[HealthView]) -> set[str]:
    """The proposals behind everything in force."""
    changes = [view.changed for view in counters if view.changed]
    stops = [stop for view in counters for stop in view.stops]
    return {proposal_of(cause.command) for cause in [*changes, *stops]}


def people_of(command: str, proposals: Mapping[str, Proposal], who: Name) -> tuple[str, str]:
    """Who asked for what a command did, and who agreed."""
    proposal = proposals.get(proposal_of(command))
    if proposal is None:
        return (who(command.rpartition(":")[0]) if command else "", "")
    second = who(proposal.decided_by) if proposal.decided_by else ""
    return who(proposal.proposed_by), second


def gateway_lines(
    counters: Mapping[str, HealthView], proposals: Mapping[str, Proposal], who: Name, text: Text
) -> tuple[GatewayLine, ...]:
    """Where new orders go out, by gateway in use."""
    lines: list[GatewayLine] = []
    for label in sorted({view.gateway for view in counters.values()}):
        using = {name: view for name, view in counters.items() if view.gateway == label}
        changes = [view.changed for view in using.values() if view.changed]
        latest = max(changes, key=lambda change: change.since_ms) if changes else None
        by, second = people_of(latest.command, proposals, who) if latest else ("", "")
        lines.append(
            GatewayLine(
                gateway=label,
                text=gateway_text(label, text),
                counters=tuple(sorted(using)),
                basis=latest.basis if latest else "",
                since_ms=latest.since_ms if latest else None,
                by=by,
                second=second,
            )
        )
    return tuple(lines)


def counter_switches(
    names: Sequence[str], counters: Mapping[str, HealthView]
) -> tuple[CounterSwitches, ...]:
    """Each counter with what waits there; one that didn't answer says so."""
    lines: list[CounterSwitches] = []
    for name in names:
        view = counters.get(name)
        if view is None:
            lines.append(CounterSwitches(name, False, "", "", 0, ()))
        else:
            lines.append(
                CounterSwitches(name, True, view.day, view.gateway, view.waiting, view.links)
            )
    return tuple(lines)


def all_gateways(counters: Iterable[HealthView]) -> tuple[str, ...]:
    """Labels of the gateways that every counter has, the first ("") first."""
    each = [frozenset(view.gateways) for view in counters]
    return tuple(sorted(each[0].intersection(*each[1:]))) if each else ()
