"""The stall with something on every page: conditions, actions, a pack, a day end, a cockpit.

`python -m tests.flows.furnished 8123` serves it and prints the secrets of its staff.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
from pathlib import Path

import msgspec

from tests.actions.desks import announce
from tests.dossier.test_service import Scene
from tests.investor.stall import DAY, ROOMS, SYMBOLS, Stall, make_stall, moving
from tests.letters.office import letters_of
from tests.partners.brokerage import PASSWORD, RULES, evidence_of
from tests.standing.riches import enrich
from tests.suitability.answering import CAREFUL
from yunquan import cockpit
from yunquan.acceptance.pages import router as acceptance_pages
from yunquan.actions import Action
from yunquan.app.event_kinds import event_kinds
from yunquan.app.wiring import PAGES, RunsOfClearing
from yunquan.approvals import agree
from yunquan.clearing import store as clearing_store
from yunquan.clearing.types import Due, RunState, Step, StepRun
from yunquan.clients.types import DemoLogin
from yunquan.cockpit.service.cockpit import Cockpit
from yunquan.complaints.types import NewComplaint
from yunquan.conditions import Conditions, Wish
from yunquan.conditions.types import ConditionFields, ConditionPreview
from yunquan.custody import store as custody_store
from yunquan.custody.types import FileOutcome, FileState
from yunquan.desk import Desk
from yunquan.history import load_orders
from yunquan.kernel.clock import ManualClock
from yunquan.kernel.events import EventCodec
from yunquan.kernel.readers import catch_up
from yunquan.kernel.transaction import ROOMS_STREAM, Database
from yunquan.letters.types import LetterWish
from yunquan.market import record_instruments
from yunquan.market.types import UNLIMITED_UP_MILLI, Instrument, InstrumentNotice
from yunquan.messages.readers import TELLING
from yunquan.opening.pages import router as opening_pages
from yunquan.quotes.types import Quote
from yunquan.rulebook import RuleBook
from yunquan.suitability import Suitability

STOP = ConditionFields("stop", "000001.SZ", "sell", 100, DAY, "9.00", "", "at_or_below", "9.50")
GRID = ConditionFields(
    "grid",
    "000001.SZ",
    "both",
    100,
    "2026-07-20",
    base="11.50",
    step="0.20",
    low="10.60",
    high="12.40",
    rounds=3,
)
DIVIDEND = Action(
    "600519.SH:2026-07-15",
    "600519.SH",
    "2026-07-14",
    "2026-07-15",
    "2026-07-15",
    cash_e6=259_000_000,
)


BANK_DAY = FileOutcome(
    "simbank",
    "2026-07-10",
    "digest",
    1,
    FileState.TAKEN,
    "",
    312,
    311,
    1,
    4_310_250_00,
    1_250_000_00,
    0,
    1_783_700_000_000,
    ours_net_fen=3_060_240_00,
)
# What a venue says besides: lines of business and what trades freely, and an index.
INDUSTRIES = {
    "600519.SH": ("spirits", "白酒", "Spirits"),
    "000001.SZ": ("banks", "银行", "Banks"),
    "688981.SH": ("chips", "芯片", "Chips"),
    "301499.SZ": ("chips", "芯片", "Chips"),
    "300059.SZ": ("software", "软件", "Software"),
}
INDICES = (
    ("000871.SH", "云全综指", "Yunquan Composite", 3_201_450, 3_185_300),
    ("399571.SZ", "云创综指", "Yunquan ChiNext", 2_288_100, 2_301_700),
)


def announce_more(stall: Stall) -> None:
    """As the venue would: each instrument anew with what is known of it, and the indices."""
    board = stall.market.board
    for symbol, (code, name_zh, name_en) in INDUSTRIES.items():
        known = board.book.instruments[symbol]
        board.on_instrument(
            msgspec.structs.replace(
                known, industry=code, industry_zh=name_zh, industry_en=name_en, units=1_256_000_000
            )
        )
    for symbol, name_zh, name_en, last, before in INDICES:
        one = Instrument(
            symbol, symbol[-2:], "index", name_zh, name_en, product="index", simulated="all"
        )
        board.on_instrument(
            InstrumentNotice(one, DAY, before, UNLIMITED_UP_MILLI, 10, halted=False)
        )
        at = f"{DAY}T10:42:18.000+08:00"
        figures = (last, before, last + 900, before - 700, before, 10**9, 10**13)
        board.on_quote(Quote(symbol, 1, at, *figures, (), ()))


async def furnish(stall: Stall) -> None:
    """One of everything that staff and clients look at."""
    announce_more(stall)
    made = stall.brokerage
    desk, account = made.desk, made.accounts["linxz"]
    book = desk.quotes.book
    with desk.database.transaction("system") as tx:
        record_instruments(tx, [book.instruments[symbol] for symbol, *_ in SYMBOLS], RULES)
        announce(tx, DIVIDEND)
        clearing_store.begin_run(tx, "2026-07-10")
        clearing_store.save_step(
            tx, "2026-07-10", StepRun(Step.CLOSE, RunState.DONE, tx.now_ms(), tx.now_ms(), 1)
        )
        custody_store.save_file(tx, BANK_DAY, b"")
        clearing_store.insert_dues(
            tx, "0", [Due("due_1", account, "2026-07-10", "dividend_tax", "tax", "x", 12_34, 12_34)]
        )
    await confirm_conditions(desk, account, made.clients["linxz"])
    assess(stall, made.clients["linxz"])
    client = made.clients["linxz"]
    about = NewComplaint("A dividend came a day late, and nobody said why.", "money", client=client)
    await asyncio.to_thread(made.complaints().file, f"client:{client}", "p1", about)
    await write_letter(stall, account)
    with desk.database.read() as tx:
        filled = next(row.id for row in load_orders(tx, account) if row.filled)
    office = evidence_of(desk, made.folder)
    reason = "Complaint 7 of the client"
    await asyncio.to_thread(office.make, "staff:audit", "p1", office.about_order(filled), reason)


async def write_letter(stall: Stall, account: str) -> None:
    """Of a case to its client, issued by two people."""
    made, letters = stall.brokerage, letters_of(stall.brokerage.desk, stall.brokerage.folder)
    database = made.desk.database
    RuleBook(database, made.desk.clock).begin()
    _, case = Scene(made, account).alert(account)
    wish = LetterWish(case, "client_warning", "Trading rules, article 6.2", "Seen twice.")
    draft = await asyncio.to_thread(letters.draft, "staff:ann", "l1", wish)
    proposal = letters.propose("staff:ann", "l2", draft.id)
    with database.transaction("staff:ben") as tx:
        agreed = agree(tx, str(proposal.id))
    await letters.carry_out("staff:ben", agreed)
    kinds = EventCodec(event_kinds().values())
    catch_up(TELLING, ROOMS_STREAM, database, database, kinds)


def assess(stall: Stall, client: str) -> None:
    """A class that ChiNext doesn't suit, so that there is something to insist on; made this
    morning, so that the questionnaire may be seen again."""
    enrich(stall, "linxz")
    office: Suitability = stall.brokerage.suitability()["suitability"]
    earlier = Database(stall.brokerage.desk.database.url, ManualClock())
    with earlier.transaction(f"client:{client}") as tx:
        office.assess(tx, client, CAREFUL, office.questionnaire("zh_CN").digest, "p1")
    earlier.dispose()


async def confirm_conditions(desk: Desk, account: str, client: str) -> None:
    """A stop and a grid, as the client would confirm them."""
    office = Conditions(desk.database, desk.quotes, RULES, desk.catalogue)

    async def keep(_shown: ConditionPreview) -> None:
        """What was shown is no matter here."""

    for number, fields in enumerate((STOP, GRID)):
        shown = office.preview(fields, "zh_CN")
        actor = f"client:{client}"
        wish = Wish(account, client, actor, f"{actor}:c{number}", fields, shown.digest, ticked=True)
        await office.confirm(wish, "zh_CN", keep)


async def serve(port: int) -> None:
    from granian.constants import Interfaces
    from granian.server.embed import Server

    with tempfile.TemporaryDirectory() as folder:
        stall = make_stall(Path(folder))
        await furnish(stall)
        office = Cockpit(stall.brokerage.desk, RunsOfClearing())
        for _ in range(3):
            await office.sample()
        rooms = {**ROOMS, "cockpit": Path(cockpit.__file__ or "").parent}
        own = (opening_pages, acceptance_pages)
        served = [one for one in PAGES if one not in own]
        app = stall.brokerage.app(served, rooms, cockpit=office)
        app.state.demo_logins = (DemoLogin("client", "linxz", PASSWORD, "demo.demo"),)
        print("staff", stall.brokerage.totp, flush=True)
        async with moving(stall):
            await Server(app, port=port, interface=Interfaces.ASGI).serve()


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1])))
