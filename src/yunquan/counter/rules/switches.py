"""What is decided for the whole counter: handing over orders that waited, stops, the gateway."""

from __future__ import annotations

from typing import Any, Final

from yunquan.counter.events import (
    CommandRefused,
    GatewayChanged,
    OrdersRouted,
    TradingResumed,
    TradingStopped,
)
from yunquan.counter.rules.checks import halt_of, stop_of, terms_of
from yunquan.counter.rules.reference import Reference
from yunquan.counter.rules.state import State
from yunquan.counter.types import ResumeTrading, RouteUnsent, StopTrading, UseGateway

LONGEST_SCOPE: Final = 20
LONGEST_NOTICE: Final = 500

Facts = dict[str, int | str]


def decide_route(state: State, command: RouteUnsent, reference: Reference) -> list[Any]:
    """OrdersRouted for those that wait and that the exchange takes now; nothing when there are
    none, or when the exchange is already in another trading day: they are about to expire.
    """
    if state.day != reference.day:
        return []
    taken: list[str] = []
    for order_id in state.waiting:
        order = state.orders[order_id]
        terms = terms_of(reference.instruments.get(order.symbol), order.symbol)
        if terms is None or terms.market not in command.markets:
            continue
        if terms.market not in reference.links or stop_of(state, terms.market, order.symbol):
            continue
        session = reference.sessions.get(terms.session)
        if session is None or order.kind not in session.takes:
            continue
        if terms.halted or halt_of(reference, terms.market, order.symbol):
            continue
        taken.append(order_id)
        if len(taken) >= command.most:
            break
    return [OrdersRouted(command.id, tuple(taken), state.gateway)] if taken else []


def _refuse(command: Any, digest: int, kind: str, code: str, facts: Facts) -> CommandRefused:
    return CommandRefused(command.id, digest, "", kind, code, facts)


def _too_long(command: StopTrading | UseGateway) -> bool:
    return len(command.notice_zh) > LONGEST_NOTICE or len(command.notice_en) > LONGEST_NOTICE


def decide_stop(state: State, command: StopTrading, digest: int, reference: Reference) -> Any:
    """TradingStopped; a scope already stopped takes the new basis and notice."""
    scope = command.scope
    if not 0 < len(scope) <= LONGEST_SCOPE or not command.basis:
        return _refuse(command, digest, "stop_trading", "stop.malformed", {"scope": scope[:20]})
    if _too_long(command):
        facts: Facts = {"longest": LONGEST_NOTICE}
        return _refuse(command, digest, "stop_trading", "stop.notice_too_long", facts)
    return TradingStopped(
        command.id,
        digest,
        scope,
        command.basis,
        command.notice_zh,
        command.notice_en,
        reference.now_ms,
    )


def decide_resume(state: State, command: ResumeTrading, digest: int, reference: Reference) -> Any:
    """TradingResumed, if the scope is stopped."""
    if command.scope not in state.stops:
        facts: Facts = {"scope": command.scope[:20]}
        return _refuse(command, digest, "resume_trading", "stop.none", facts)
    return TradingResumed(command.id, digest, command.scope, command.basis, reference.now_ms)


def decide_gateway(state: State, command: UseGateway, digest: int, reference: Reference) -> Any:
    """GatewayChanged, unless it is the one in use."""
    name = command.gateway
    if not command.basis:
        return _refuse(command, digest, "use_gateway", "gateway.malformed", {"gateway": name[:40]})
    if name not in reference.gateways:
        return _refuse(command, digest, "use_gateway", "gateway.unknown", {"gateway": name[:40]})
    if name == state.gateway:
        return _refuse(command, digest, "use_gateway", "gateway.in_use", {"gateway": name})
    if _too_long(command):
        facts: Facts = {"longest": LONGEST_NOTICE}
        return _refuse(command, digest, "use_gateway", "stop.notice_too_long", facts)
    return GatewayChanged(
        command.id,
        digest,
        name,
        command.basis,
        reference.now_ms,
        command.notice_zh,
        command.notice_en,
    )
