"""Somebody with money and experience, as the day ends and the depository would have it."""

from __future__ import annotations

from tests.investor.stall import Stall
from tests.partners.brokerage import DAY
from yunquan.clearing.store import days
from yunquan.market import load_calendar
from yunquan.suitability import Suitability


def enrich(stall: Stall, login: str, fen: int = 20_000_000) -> None:
    """Somebody owned this much at the last twenty closes, and has traded elsewhere since 2020."""
    database = stall.brokerage.desk.database
    client, account = stall.brokerage.clients[login], stall.brokerage.accounts[login]
    with database.transaction() as tx:
        closes = [day for day in load_calendar(tx).between("2026-01-01", DAY) if day < DAY][-20:]
        nothing = {one.name: 0 for one in days.c if one.name not in ("day", "account")}
        for day in closes:
            row = nothing | {"client": client, "counter": "0", "available": fen}
            tx.execute(days.insert().values(row | {"day": day, "account": account}))
        office(stall).note_experience(tx, client, "depository", "2020-01-02")


def office(stall: Stall) -> Suitability:
    return stall.brokerage.suitability()["suitability"]
