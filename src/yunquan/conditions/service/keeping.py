"""Every step of a condition's life, each in one transaction with its event."""

from __future__ import annotations

from typing import Any, Final

from yunquan.conditions import events, rules, store
from yunquan.conditions.types import (
    Condition,
    ConditionState,
    NewTrigger,
    Trigger,
)
from yunquan.kernel.errors import Conflict, Invalid, NotFound
from yunquan.kernel.transaction import ReadTx, Tx

DECIDED: Final = "triggered"
PLACED: Final = "placed"
FAILED: Final = "failed"
MOST_TRIGGERS: Final = 200


def create(tx: Tx, condition: Condition) -> Condition:
    """Keep a confirmed condition; one of the same request is the same one.

    Raises Conflict command.reused when the request meant another one, Invalid condition.too_many.
    """
    known = store.find_request(tx, condition.account, condition.request)
    if known is not None:
        if known.digest != condition.digest:
            raise Conflict("command.reused", command=condition.request)
        return known
    live = (ConditionState.ACTIVE, ConditionState.PAUSED, ConditionState.TRIGGERED)
    if store.count_live(tx, condition.account, live) >= rules.MOST_LIVE:
        raise Invalid("condition.too_many", most=rules.MOST_LIVE)
    store.insert_condition(tx, condition)
    tx.emit(events.ConditionCreated(str(condition.id), condition.account, condition.digest))
    return condition


def act(tx: Tx, account: str, condition_id: str, action: str, today: str) -> Condition:
    """Pause, resume or cancel; what is so already stays so.

    Raises NotFound condition.unknown, Conflict condition.wrong_state, condition.over.
    """
    condition = load(tx, account, condition_id)
    wanted = rules.ACTIONS[action][1]
    if condition.state is wanted:
        return condition
    if refused := rules.refuse_action(condition, action, today):
        raise Conflict(refused.code, **refused.facts)
    values: dict[str, Any] = {"state": wanted, "reason": "", "facts": {}}
    if action == "resume":
        values["set_on"] = today
    if not store.save_change(tx, condition.id, condition.version, **values):
        raise Conflict("condition.moved")
    if wanted is ConditionState.CANCELLED:
        tx.emit(events.ConditionCancelled(str(condition.id), account, tx.actor))
    else:
        tx.emit(events.ConditionChanged(str(condition.id), account, wanted.value, "", tx.actor))
    return load(tx, account, condition_id)


def load(tx: ReadTx, account: str, condition_id: str) -> Condition:
    """One of an account's conditions. Raises NotFound condition.unknown."""
    found = store.find_condition(tx, condition_id)
    if found is None or found.account != account:
        raise NotFound("condition.unknown", condition=condition_id[:40])
    return found


def pause_for(tx: Tx, condition: Condition, reason: str, facts: dict[str, Any]) -> None:
    """Stop a waiting condition until its client looks at it again; nothing if it has moved on."""
    if condition.state is not ConditionState.ACTIVE:
        return
    values: dict[str, Any] = {"state": ConditionState.PAUSED, "reason": reason, "facts": facts}
    if store.save_change(tx, condition.id, condition.version, **values):
        paused = ConditionState.PAUSED.value
        tx.emit(
            events.ConditionChanged(str(condition.id), condition.account, paused, reason, tx.actor)
        )


def expire(tx: Tx, day: str, limit: int = 500) -> int:
    """End what was to wait no longer than before `day`; how many."""
    over = [one for one in store.list_over(tx, day, limit) if rules.expires(one, day)]
    done = 0
    for condition in over:
        if store.save_change(tx, condition.id, condition.version, state=ConditionState.EXPIRED):
            tx.emit(events.ConditionExpired(str(condition.id), condition.account, day))
            done += 1
    return done


def trigger(tx: Tx, new: NewTrigger) -> Trigger | None:
    """Write a trigger down with what was seen, before its order is submitted. None when the
    condition has changed since it was looked at: paused, cancelled, or triggered by somebody else.
    """
    condition = store.find_condition(tx, new.condition)
    if condition is None or condition.version != new.version:
        return None
    if condition.state is not ConditionState.ACTIVE or rules.expires(condition, new.day):
        return None
    turn = condition.turn + 1
    values: dict[str, Any] = {"state": ConditionState.TRIGGERED, "turn": turn, "reason": ""}
    if not store.save_change(tx, condition.id, condition.version, **values):
        return None
    made = Trigger(
        condition=str(condition.id),
        day=new.day,
        turn=turn,
        account=condition.account,
        symbol=condition.symbol,
        side=new.side,
        price_milli=new.price_milli,
        qty=condition.terms.qty,
        base_milli=new.base_milli,
        seen=new.seen,
        state=DECIDED,
        order="",
        code="",
        facts={},
        at_ms=tx.now_ms(),
        answered_at_ms=0,
    )
    store.insert_trigger(tx, made)
    command = rules.trigger_command(made.condition, made.day, turn)
    tx.emit(events.ConditionTriggered(made.condition, made.account, made.day, turn, command))
    return made


def answer(tx: Tx, made: Trigger, order: str, code: str, facts: dict[str, Any]) -> Condition | None:
    """Write down what the counter answered, "" as code when it took the order; the condition as it
    stands then, None when the answer was written down before.
    """
    state = FAILED if code else PLACED
    if not store.save_answer(
        tx, made, DECIDED, state=state, order_id=order, code=code, facts=facts
    ):
        return None
    condition = store.find_condition(tx, made.condition)
    assert condition is not None, "a trigger without its condition"
    following = rules.after_answer(condition, accepted=not code)
    values: dict[str, Any] = {"state": following, "reason": code, "facts": facts}
    if not code and made.base_milli:
        values["base_milli"] = made.base_milli
    kept = store.save_change(tx, condition.id, condition.version, **values)
    assert kept, "nobody but the answer moves a triggered condition"
    account, turn = made.account, made.turn
    if code:
        tx.emit(events.ConditionFailed(made.condition, account, made.day, turn, order, code))
    else:
        tx.emit(events.ConditionPlaced(made.condition, account, made.day, turn, order))
    if following in (ConditionState.COMPLETED, ConditionState.PAUSED):
        tx.emit(events.ConditionChanged(made.condition, account, following.value, code, tx.actor))
    return store.find_condition(tx, made.condition)
