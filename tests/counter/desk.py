"""A counter at a test's hand: the real driver, its journal in memory or in a database, a day's
instruments, a clock.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from yunquan.counter import types as c
from yunquan.counter.adapters.snapshots import frames, state_digest, thaw
from yunquan.counter.events import codec
from yunquan.counter.rules.apply import apply
from yunquan.counter.rules.reference import Reference, Session, session_key
from yunquan.counter.rules.state import State
from yunquan.counter.service import Driver
from yunquan.kernel.clock import ManualClock
from yunquan.market.rules import Calendar
from yunquan.market.types import InstrumentDay

DAY = "2026-07-13"
NEXT_DAY = "2026-07-14"
DAY_AFTER = "2026-07-15"
ACCOUNT = "6000000001"
OTHER = "6000000002"
MAIN, SZ_MAIN, STAR, CHINEXT, BSE = "600519.SH", "000001.SZ", "688001.SH", "300001.SZ", "920002.BJ"
BUY, SELL = 1, 2

COMMISSION_E8, COMMISSION_MIN, STAMP_E8, TRANSFER_E8 = 25_000, 500, 50_000, 1_000
BOTH_MARKETS = (
    c.SecuritiesAccount("SH", "A123456789", designated=True),
    c.SecuritiesAccount("SZ", "0123456789", custody_unit="YQ01"),
)


KINDS = ("limit", "best5_cancel", "after_hours")
OPEN = Session("continuous", ("limit", "best5_cancel"), KINDS, (), True)
SHUT = Session("closed", (), (), (), False)
NIGHT = Session("pre_open", (), (), ("limit", "after_hours"), False)
LOCKED = Session("opening_call_locked", ("limit",), (), (), False)


def every_day() -> Calendar:
    """A calendar that doesn't run out: each day of ten years trades."""
    return Calendar(
        (date(2026, 1, 1) + timedelta(days=number)).isoformat() for number in range(3650)
    )


def key_of(day: InstrumentDay) -> str:
    return session_key(day.market, day.board, day.product)


def instrument(
    symbol: str, board: str, *, lot: int, step: int, most: int, permission: str = ""
) -> InstrumentDay:
    """A share whose previous close was 10.00 and whose limits are 9.00 and 11.00."""
    return InstrumentDay(
        symbol=symbol,
        market=symbol[-2:],
        board=board,
        name_zh="样例",
        name_en="Sample",
        trading_day=DAY,
        prev_close_milli=10_000,
        limit_up_milli=11_000,
        limit_down_milli=9_000,
        tick_milli=10,
        buy_min=lot,
        buy_step=step,
        sell_step=step,
        lot=lot,
        max_qty=most,
        permission=permission,
        halted=False,
        simulated="all",
        commission_e8=COMMISSION_E8,
        commission_min_fen=COMMISSION_MIN,
        stamp_e8=STAMP_E8,
        transfer_e8=TRANSFER_E8,
        kinds=KINDS,
        max_market_qty=most // 2,
        max_after_hours_qty=most,
        market_price="protection" if symbol.endswith("SH") else "limit_up",
    )


def instruments() -> dict[str, InstrumentDay]:
    """One share of each board (reference section 1.4)."""
    made = (
        instrument(MAIN, "main", lot=100, step=100, most=1_000_000),
        instrument(SZ_MAIN, "main", lot=100, step=100, most=1_000_000),
        instrument(STAR, "star", lot=200, step=1, most=100_000, permission="star"),
        instrument(CHINEXT, "chinext", lot=100, step=100, most=300_000, permission="chinext"),
        instrument(BSE, "bse", lot=100, step=1, most=1_000_000, permission="bse"),
    )
    return {one.symbol: one for one in made}


class MemoryJournal:
    """The journal without a disk: what is appended is encoded and read back as from the log.
    `fail_next` loses a commit.
    """

    def __init__(self) -> None:
        self.codec = codec()
        self.bodies: list[bytes] = []
        self.next_seq = 1
        self.last_at_ms = 0
        self.fail_next: list[Exception] = []

    def open(self) -> None:
        """Nobody else writes here."""

    def reopen(self) -> None:
        """Nor took over."""

    def append(self, events: list[Any], at_ms: int) -> bytes:
        if self.fail_next:
            raise self.fail_next.pop(0)
        body = self.codec.encode(events)
        self.bodies.append(body)
        self.next_seq += len(events)
        self.last_at_ms = max(at_ms, self.last_at_ms)
        return body

    def replay(self, from_seq: int) -> Iterator[list[Any]]:
        seq = 1
        for body in self.bodies:
            events = self.codec.decode(body)
            yield events[max(0, from_seq - seq) :]
            seq += len(events)


class NoSnapshots:
    """Every restart replays the whole log."""

    def save(self, state: Any, seq: int) -> None:
        """Keeps nothing."""

    def load(self, name: str) -> tuple[Any, int] | None:
        return None


@dataclass
class RecordingGateway:
    """What was sent to the exchange, in order, as ("order" | "cancel" | "query", order id)."""

    sent: list[tuple[str, str]] = field(default_factory=list)
    details: list[tuple[str, str, str, int, int, int]] = field(default_factory=list)
    ways: list[tuple[str, str]] = field(default_factory=list)

    def send_order(
        self,
        gateway: str,
        order: str,
        account: str,
        symbol: str,
        side: int,
        kind: str,
        price: int,
        qty: int,
    ) -> None:
        self.sent.append(("order", order))
        self.details.append((order, account, symbol, side, price, qty))
        self.ways.append((gateway, kind))

    def send_cancel(self, gateway: str, order: str) -> None:
        self.sent.append(("cancel", order))

    def query(self, gateway: str, order: str) -> None:
        self.sent.append(("query", order))


class Desk:
    """A counter and everything a test says to it. Ids of commands and indexes of reports are
    counted up by itself.
    """

    def __init__(
        self, journal: Any = None, snapshots: Any = None, clock: ManualClock | None = None
    ) -> None:
        self.clock = clock or ManualClock()
        self.journal = journal or MemoryJournal()
        self.snapshots = snapshots or NoSnapshots()
        self.instruments = instruments()
        self.sessions = {key_of(day): OPEN for day in self.instruments.values()}
        self.prices: dict[str, tuple[int, int, int]] = {}
        self.halts: dict[str, str] = {}
        self.clock_s = 10 * 3600
        self.rehearsal = False
        self.links = {"SH", "SZ", "BJ"}
        self.day = DAY
        self.gateway = RecordingGateway()
        self.driver = self.new_driver()
        self.driver.open()
        self.events: list[Any] = []
        self._commands = 0
        self.index = 0

    def new_driver(self) -> Driver:
        """Another process for the same log."""
        driver = Driver("0", self.journal, self.snapshots, self.clock)
        driver.gateway = self.gateway
        driver.reference_parts = self.reference
        driver.on_commit.append(lambda _seq, _body, events: self.events.extend(events))
        return driver

    def reference(self, now_ms: int) -> Reference:
        return Reference(
            self.day,
            now_ms,
            self.instruments,
            self.sessions,
            frozenset(self.links),
            self.prices,
            self.halts,
            self.clock_s,
            ("", "b"),
            self.rehearsal,
        )

    def set_session(self, symbol: str, session: Session) -> None:
        """What this instrument's product does from now on."""
        self.sessions[key_of(self.instruments[symbol])] = session

    @property
    def state(self) -> State:
        return self.driver.state

    def next_id(self) -> str:
        self._commands += 1
        return f"test:{self._commands}"

    def do(self, *commands: Any) -> list[c.Answer]:
        """One batch."""
        return self.driver.process(commands)

    def one(self, command: Any) -> c.Answer:
        """A batch of one."""
        return self.do(command)[0]

    # What a test says most.

    def begin(self, day: str = DAY) -> None:
        self.day = day
        assert self.one(c.RollDay(self.next_id(), day)).accepted

    def open_account(self, account: str = ACCOUNT, **changes: Any) -> None:
        values: dict[str, Any] = {
            "client": "cli_1",
            "kind": "ordinary",
            "currency": "CNY",
            "securities": BOTH_MARKETS,
            "permissions": ("star", "chinext", "bse"),
            "id_expires_on": "2030-01-01",
        }
        assert self.one(c.OpenAccount(self.next_id(), account, **{**values, **changes})).accepted

    def deposit(self, fen: int, account: str = ACCOUNT) -> None:
        assert self.one(c.Deposit(self.next_id(), account, fen, "icbc")).accepted

    def give(self, symbol: str, qty: int, account: str = ACCOUNT) -> None:
        assert self.one(c.TransferIn(self.next_id(), account, symbol, qty, "elsewhere")).accepted

    def place(
        self, side: int, price: int, qty: int, symbol: str = MAIN, account: str = ACCOUNT
    ) -> c.Answer:
        return self.one(
            c.PlaceOrder(self.next_id(), account, symbol, side, price, qty, self.state.day)
        )

    def placed(
        self, side: int, price: int, qty: int, symbol: str = MAIN, account: str = ACCOUNT
    ) -> str:
        answer = self.place(side, price, qty, symbol, account)
        assert answer.accepted, answer
        return answer.order

    def cancel(self, order: str, account: str = ACCOUNT) -> c.Answer:
        return self.one(c.CancelOrder(self.next_id(), account, order))

    def report(
        self,
        kind: str,
        order: str,
        price: int = 0,
        qty: int = 0,
        code: str = "",
        execution: str = "",
        day: str = "",
    ) -> Any:
        """The exchange says this; the event it led to, or None."""
        self.index += 1
        index = self.index
        before = len(self.events)
        name = execution or (f"E{index}" if kind == "filled" else "")
        self.do(
            c.VenueReport(
                f"counter-0:{index}", "counter-0", index, kind, order, name, price, qty, code, day
            )
        )
        return self.events[before] if len(self.events) > before else None

    def accepted(
        self, side: int, price: int, qty: int, symbol: str = MAIN, account: str = ACCOUNT
    ) -> str:
        order = self.placed(side, price, qty, symbol, account)
        self.report("accepted", order)
        return order

    def cash(self, account: str = ACCOUNT) -> tuple[int, int, int, int]:
        """(available, settling, frozen, held) in fen."""
        cash = self.state.books.clients[account].cash
        return cash.available, cash.settling, cash.frozen, cash.held

    def shares(self, symbol: str = MAIN, account: str = ACCOUNT) -> tuple[int, int, int, int]:
        """(available, settling, frozen, held) in shares."""
        position = self.state.books.clients[account].positions.get(symbol)
        if position is None:
            return 0, 0, 0, 0
        return position.available, position.settling, position.frozen, position.held

    def house(self, account: str, asset: str = "CNY") -> int:
        return self.state.books.house.get(account, {}).get(asset, 0)

    def order(self, order: str) -> Any:
        return self.state.orders[order]

    def digest(self) -> str:
        return state_digest(self.state, self.journal.next_seq - 1)

    def replayed(self) -> State:
        """A state made from the log's bytes alone."""
        state = State("0")
        for events in self.journal.replay(1):
            for event in events:
                apply(state, event)
        return state

    def thawed(self) -> State:
        """The running state through a snapshot."""
        return thaw(iter(list(frames(self.state, self.journal.next_seq - 1))))[0]


def funded_desk(fen: int = 100_000_000) -> Desk:
    """A day has begun; one account with all permissions, both markets and a million yuan."""
    desk = Desk()
    desk.begin()
    desk.open_account()
    desk.deposit(fen)
    return desk
