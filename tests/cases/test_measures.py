"""Measures act in the counter: slowed down, one security, programs, asked again who it is."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from tests.cases.test_rules import AML, CONTRACT
from tests.cases.test_service import ANN, Bench, bench, refused
from tests.partners.brokerage import CHENSHAN, HAIYUAN, Brokerage, Visitor
from yunquan.approvals import agree, decline, load_proposal
from yunquan.cases.types import Basis, Measure
from yunquan.kernel.errors import Invalid

__all__ = ["bench"]
BEN = "staff:ben"


def agreed(brokerage: Brokerage, proposal: Any, by: str = BEN) -> Any:
    """Another person says yes, and the counter is told."""
    with brokerage.desk.database.transaction(by) as tx:
        yes = agree(tx, str(proposal.id))
    return asyncio.run(brokerage.desk.restrictions.carry_out(by, yes))


def act(bench: Bench, case: str, kind: str, account: str, detail: str = "") -> tuple[Measure, Any]:
    key = f"{kind}{detail}"
    return asyncio.run(bench.cases.act(ANN, key, case, kind, account, CONTRACT, detail))


def code_of(client: Visitor, **more: Any) -> str:
    wanted = client.order(**{"symbol": HAIYUAN, "price": "10.00"} | more)
    line = client.send("POST", "/orders", wanted).json()
    return line["reason"]["code"] if line["reason"] else ""


def test_by_hand_they_take_two_people_and_act_in_the_counter(
    bench: Bench, brokerage: Brokerage, client: Visitor
) -> None:
    account = client.account
    one = bench.fold(account=account, grade=4)
    assert one
    # (kind, detail, what another order is refused with)
    for kind, detail, code in (
        ("limit_security", HAIYUAN, "order.security_limited"),
        ("suspend_program", "", "order.program_suspended"),
        ("throttle", "1", "order.throttled"),
    ):
        done, proposal = act(bench, one.id, kind, account, detail)
        assert (done.detail, proposal.state) == (detail, "open")
        assert code_of(client) == ""
        agreed(brokerage, proposal)
        assert code_of(client) == code, kind
        # A person takes it back, on a basis too, and another agrees.
        _, lifting = asyncio.run(bench.cases.undo(BEN, f"u{kind}", done.id, CONTRACT))
        assert lifting.state == "open"
        agreed(brokerage, lifting, ANN)
        assert code_of(client) == "", kind
    texts = [line["text"] for line in client.get("/messages").json()["items"]]
    assert any(HAIYUAN in one for one in texts)


def test_what_waits_for_another_person_says_so_and_a_refusal_ends_it(
    bench: Bench, brokerage: Brokerage, client: Visitor
) -> None:
    one = bench.fold(account=client.account, grade=4)
    assert one
    asked, proposal = act(bench, one.id, "throttle", client.account, "1")
    other, another = act(bench, one.id, "suspend_program", client.account)
    file = bench.cases.open_file(one.id)
    assert file.unagreed == {asked.id: "open", other.id: "open"}
    agreed(brokerage, another)
    with brokerage.desk.database.transaction(BEN) as tx:
        decline(tx, str(proposal.id))
    assert bench.cases.open_file(one.id).unagreed == {asked.id: "declined"}
    bench.follow()
    file = bench.cases.open_file(one.id)
    assert file.unagreed == {asked.id: "declined"}
    assert {m.id: m.undone_by for m in file.measures} == {asked.id: BEN, other.id: ""}
    bench.follow()
    assert bench.cases.open_file(one.id) == file


def test_one_security_leaves_the_others(
    bench: Bench, brokerage: Brokerage, client: Visitor
) -> None:
    one = bench.fold(account=client.account, grade=4)
    assert one
    _, proposal = act(bench, one.id, "limit_security", client.account, CHENSHAN)
    agreed(brokerage, proposal)
    assert code_of(client, symbol=CHENSHAN, price="100.00") == "order.security_limited"
    assert code_of(client) == ""


@pytest.mark.parametrize(
    ("kind", "detail"),
    [("throttle", ""), ("throttle", "fast"), ("throttle", "1000"), ("limit_security", "CNY")],
)
def test_a_narrowed_measure_names_what_it_is_narrowed_to(
    bench: Bench, kind: str, detail: str
) -> None:
    one = bench.fold(grade=4)
    assert one
    with refused("cases.measure_detail", Invalid):
        act(bench, one.id, kind, "A1", detail)


def test_the_table_asks_again_who_it_is_and_the_client_answers(
    bench: Bench, brokerage: Brokerage, client: Visitor
) -> None:
    account = client.account
    one = bench.fold("takeover", 2, account=account)
    assert one
    assert [m.kind for m in bench.cases.open_file(one.id).measures] == ["warn", "confirm"]
    told = asyncio.run(bench.cases.carry_out_table())
    assert [m.kind for m in told] == ["confirm"]
    assert asyncio.run(bench.cases.carry_out_table()) == []
    assert code_of(client) == "order.confirm_first"
    (measure,) = [m for m in bench.cases.open_file(one.id).measures if m.kind == "confirm"]
    with brokerage.desk.database.read() as tx:
        proposal = load_proposal(tx, measure.proposal)
    assert (proposal.needs_second, proposal.proposed_by) == (False, "system")
    # Who watches may take it back alone: it eases nothing but a question.
    _, lifting = asyncio.run(bench.cases.undo(ANN, "u", measure.id, CONTRACT))
    assert lifting.state == "agreed" if not lifting.needs_second else "open"


def test_the_table_slows_down_and_what_a_counter_refuses_is_said(
    bench: Bench, client: Visitor
) -> None:
    one = bench.fold("order_rate", 2, account=client.account)
    nobody = bench.fold("order_rate", 2, account="6999999999")
    assert one
    assert nobody
    told = asyncio.run(bench.cases.carry_out_table())
    assert [(m.kind, m.detail, m.account) for m in told] == [("throttle", "60", client.account)]
    assert code_of(client) == ""
    file = bench.cases.open_file(nobody.id)
    assert [step.what for step in file.steps][-1] == "not_done"
    assert all(m.undone_by for m in file.measures if m.kind == "throttle")


def test_who_may_be_laundering_is_neither_asked_nor_told(
    bench: Bench, brokerage: Brokerage, client: Visitor
) -> None:
    one = bench.fold("cash", 3, account=client.account)
    assert one
    with refused("cases.tipping_off", Invalid):
        act(bench, one.id, "confirm", client.account)
    act(bench, one.id, "stop_withdrawals", client.account)
    other = bench.fold("spoofing", 3, account=client.account)
    assert other
    bought = bench.cases.act(ANN, "aml", other.id, "refuse_sells", client.account, AML)
    asyncio.run(bought)
    view = asyncio.run(brokerage.desk.account_view(client.account))
    assert view.restrictions.keys() == {"withdraw", "sell"}
    texts = [line["text"] for line in client.get("/messages").json()["items"]]
    assert [one for one in texts if "restricted" in one.lower() or "withdraw" in one.lower()] == []


def test_basis_of_the_aml_kind_needs_its_paper(bench: Bench) -> None:
    one = bench.fold(grade=4)
    assert one
    with refused("cases.measure_paper", Invalid):
        asyncio.run(bench.cases.act(ANN, "a", one.id, "throttle", "A1", Basis("aml", "x"), "5"))
