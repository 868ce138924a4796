"""The office of the cockpit: asks every part, keeps a short past for the trends, tells it as tiles.

The past is a ring in this process: it shows where a figure is going in the last ten minutes, is no
record (that is /metrics and the log), and costs the database nothing.
"""

from __future__ import annotations

import asyncio
import re
from collections import deque
from dataclasses import dataclass, field
from typing import Any, Final

from yunquan.approvals import count_open
from yunquan.cockpit.ports import DayEndView, NoDayEnd, WebView
from yunquan.cockpit.service.thresholds import light_of, threshold_on, trend_of
from yunquan.cockpit.types import Board, DayEndState, Fact, Light, Tile
from yunquan.counter.types import HealthView
from yunquan.custody import last_taken
from yunquan.custody.types import FileOutcome
from yunquan.desk import Desk
from yunquan.funding import load_doubts, load_traffic
from yunquan.funding.types import Traffic
from yunquan.kernel.clock import to_ms
from yunquan.kernel.errors import YunquanError
from yunquan.kernel.money import fen_to_text
from yunquan.security import count_sessions

SAMPLE_S: Final = 5.0
KEPT: Final = 120
_DAY_MS: Final = 86_400_000
_BEIJING_MS: Final = 8 * 3_600_000
_LINKS: Final = {
    "clients": "/staff",
    "orders": "/staff",
    "refusals": "/staff",
    "books": "/staff",
    "bank": "/staff/transfers",
    "links": "/staff/switches",
    "approvals": "/staff/switches",
    "cash": "/staff/transfers",
    "transfers": "/staff/transfers",
}
_LONGEST_LIST: Final = 3
_PAUSE: Final = re.compile(r"[：:，,；;(（][^：:，,；;(（]*$")
# More than these are all the same to whoever looks at the tile.
MOST_DOUBTS: Final = 1000


@dataclass(frozen=True, slots=True)
class Stored:
    """What the database says."""

    sessions: int
    approvals: int
    doubts: int
    traffic: Traffic
    day_end: DayEndState
    files: dict[str, FileOutcome | None]


@dataclass(slots=True)
class Heard:
    """The last answer of one part, and when it came (0: never)."""

    value: Any = None
    at_ms: int = 0
    fresh: bool = False


@dataclass
class Cockpit:
    """Everything the cockpit asks. web: of the process it runs in, set once that is made."""

    desk: Desk
    day_end: DayEndView = field(default_factory=NoDayEnd)
    web: WebView | None = None
    task: asyncio.Task[None] | None = None
    _past: dict[str, deque[float]] = field(default_factory=dict)
    _heard: dict[str, Heard] = field(default_factory=dict)
    _processed: tuple[float, int] | None = None
    _rate: float | None = None

    async def run(self) -> None:
        """Sample for the trends as long as the process lives."""
        while True:
            await self.sample()
            await asyncio.sleep(SAMPLE_S)

    async def sample(self) -> None:
        """Ask every part; one that doesn't answer keeps its last figure, with its age."""
        await asyncio.gather(
            self._ask("health", self.desk.health),
            self._ask("lags", self.desk.reader_lags),
            self._ask("stored", lambda: asyncio.to_thread(self._stored)),
        )
        self._measure_rate()
        for name, value in self._figures().items():
            if value is not None:
                self._past.setdefault(name, deque(maxlen=KEPT)).append(value)

    async def board(self, locale: str) -> Board:
        """Every tile in a language, from the last sample."""
        if not self._heard:
            await self.sample()
        figures = self._figures()
        tiles = [self._tile(name, figures[name], locale) for name in figures]
        return Board(self._now_ms(), (*tiles, self._feed(locale), self._day_end(locale)))

    # --- asking ---

    async def _ask(self, name: str, ask: Any) -> None:
        heard = self._heard.setdefault(name, Heard())
        try:
            heard.value = await ask()
        except (YunquanError, TimeoutError):
            heard.fresh = False
            return
        heard.at_ms, heard.fresh = self._now_ms(), True

    def _now_ms(self) -> int:
        return to_ms(self.desk.clock.now())

    def _stored(self) -> Stored:
        now_ms = self._now_ms()
        midnight_ms = now_ms - (now_ms + _BEIJING_MS) % _DAY_MS
        with self.desk.database.read() as tx:
            return Stored(
                count_sessions(tx, now_ms),
                count_open(tx, now_ms),
                len(load_doubts(tx, MOST_DOUBTS)),
                load_traffic(tx, midnight_ms),
                self.day_end.load_state(tx),
                {bank: last_taken(tx, bank) for bank in self.desk.funding.banks},
            )

    def _measure_rate(self) -> None:
        now_s, views = self.desk.clock.monotonic(), self._views()
        processed = sum(view.processed for view in views)
        before, self._processed = self._processed, (now_s, processed)
        if before and now_s > before[0]:
            self._rate = max(processed - before[1], 0) / (now_s - before[0])

    def _views(self) -> list[HealthView]:
        return self._heard["health"].value or [] if "health" in self._heard else []

    # --- figures ---

    def _figures(self) -> dict[str, float | None]:
        """The figure of each tile, None where it isn't known."""
        views, stored = self._views(), self._saved()
        lags = self._heard["lags"].value
        refused = sum(sum(view.refusals.values()) for view in views)
        processed = sum(view.processed for view in views)
        return {
            "clients": stored.sessions if stored else None,
            "orders": self._rate,
            "refusals": 100 * refused / processed if processed else (0.0 if views else None),
            "cash": (stored.traffic.paid_in_fen - stored.traffic.paid_out_fen) if stored else None,
            "ack_p99": max((view.ack_ms[1] for view in views if view.ack_ms), default=None),
            "counter_p99": max((view.batch_p99_ms for view in views), default=None),
            "web_p99": self.web.p99_ms() if self.web else None,
            "reader_lag": max(lags.values(), default=0) if lags is not None else None,
            "transfers": stored.doubts if stored else None,
            "approvals": stored.approvals if stored else None,
            "streams": self.web.open_streams() if self.web else None,
            "links": sum(not view.links for view in views) if views else None,
            "books": sum(len(view.unbalanced) + len(view.negative) for view in views)
            if views
            else None,
            **self._banks(),
        }

    def _banks(self) -> dict[str, float | None]:
        stored = self._saved()
        files: dict[str, FileOutcome | None] = stored.files if stored else {}
        return {f"bank:{bank}": _off(files.get(bank)) for bank in self.desk.funding.banks}

    def _saved(self) -> Stored | None:
        return self._heard["stored"].value

    def _facts(self, name: str) -> dict[str, str]:
        views, stored = self._views(), self._saved()
        if name == "clients":
            return {"accounts": _count(sum(view.accounts for view in views))}
        if name == "orders":
            return {
                "today": _count(sum(view.orders for view in views)),
                "open": _count(sum(view.open_orders for view in views)),
                "waiting": _count(sum(view.waiting for view in views)),
            }
        if name == "ack_p99":
            half = [view.ack_ms[0] for view in views if view.ack_ms]
            return {"median": f"{max(half):.1f} ms" if half else "--"}
        if name == "links":
            return {
                "links": " ".join(sorted({link for view in views for link in view.links})) or "-",
                "gateway": " ".join(view.gateway for view in views if view.gateway) or "-",
                "stops": _count(sum(len(view.stops) for view in views)),
            }
        if name in ("cash", "transfers") and stored:
            traffic = stored.traffic
            return {
                "paid_in": _money(traffic.paid_in_fen),
                "paid_out": _money(traffic.paid_out_fen),
                "in_transit": _money(sum(traffic.in_transit.values())),
            }
        if name.startswith("bank:") and stored:
            return _bank_facts(name.removeprefix("bank:"), stored)
        return {}

    # --- tiles ---

    def _tile(self, name: str, value: float | None, locale: str) -> Tile:
        text = self.desk.text(locale)
        kind, _, bank = name.partition(":")
        threshold = threshold_on(kind, self.desk.screen.day())
        light, since_ms = light_of(value, threshold), self._since(name)
        if since_ms is not None:
            light = Light.UNKNOWN
        facts = [Fact(text(f"cockpit.fact.{one}"), said) for one, said in self._facts(name).items()]
        if name == "refusals":
            facts = [Fact(gist_of(text(code)), _count(count)) for code, count in self._refusals()]
        return Tile(
            name,
            text(f"cockpit.tile.{kind}", bank=text(f"bank.{bank}")),
            "--" if value is None else _shown(name, value),
            light,
            text(f"cockpit.light.{light}"),
            text(
                "cockpit.threshold",
                watch=_shown(name, threshold.watch_from),
                act=_shown(name, threshold.act_from),
            )
            if threshold
            else "",
            trend_of(list(self._past.get(name, ()))),
            _LINKS.get(kind, ""),
            tuple(facts),
            since_ms,
        )

    def _since(self, name: str) -> int | None:
        if name in ("web_p99", "streams"):
            return None
        kind = name.partition(":")[0]
        stored = kind in ("clients", "cash", "transfers", "approvals", "bank")
        heard = self._heard["stored" if stored else "lags" if name == "reader_lag" else "health"]
        return None if heard.fresh else heard.at_ms

    def _refusals(self) -> list[tuple[str, int]]:
        found: dict[str, int] = {}
        for view in self._views():
            for code, count in view.refusals.items():
                found[code] = found.get(code, 0) + count
        return sorted(found.items(), key=lambda one: -one[1])[:_LONGEST_LIST]

    def _feed(self, locale: str) -> Tile:
        text, since_ms = self.desk.text(locale), self.desk.quotes.stale_since_ms()
        status = self.desk.market_status()
        light = Light.GOOD if since_ms is None else Light.ACT
        value = f"{status.trading_day} {status.time}" if status else "--"
        name, said = text("cockpit.tile.feed"), text(f"cockpit.light.{light}")
        return Tile("feed", name, value, light, said, "", "", "", (), since_ms)

    def _day_end(self, locale: str) -> Tile:
        text, stored = self.desk.text(locale), self._saved()
        state = stored.day_end if stored else DayEndState()
        lights = {
            "failed": Light.ACT,
            "waiting": Light.WATCH,
            "running": Light.WATCH,
            "done": Light.GOOD,
        }
        light = lights.get(state.state, Light.UNKNOWN)
        step = text(f"clearing.step.{state.step}") if state.step else ""
        facts = tuple(
            Fact(text(f"cockpit.fact.{name}"), value)
            for name, value in (("day", state.day), ("step", step))
            if value
        )
        return Tile(
            "day_end",
            text("cockpit.tile.day_end"),
            text(f"cockpit.day_end.{state.state}"),
            light,
            text(f"cockpit.light.{light}"),
            "",
            "",
            "/staff/dayend",
            facts,
        )


def _off(file: FileOutcome | None) -> int | None:
    """How far a bank's file and our books are apart, in fen; None where either isn't known."""
    if file is None or file.ours_net_fen is None:
        return None
    return abs(file.net_fen - file.ours_net_fen)


def _bank_facts(bank: str, stored: Stored) -> dict[str, str]:
    file, under_way = stored.files[bank], stored.traffic.in_transit.get(bank, 0)
    ours = file.ours_net_fen if file else None
    return {
        "our_book": "--" if ours is None else _money(ours),
        "bank_file": _money(file.net_fen) if file else "--",
        "in_transit": _money(under_way),
        "file_day": file.day if file else "--",
    }


def gist_of(text: str) -> str:
    """A refusal's sentence without the figures of one case: what comes before the first of them."""
    head, figure, _ = text.partition("{")
    if not figure:
        return text
    return _PAUSE.sub("", head) if _PAUSE.search(head) else f"{head}…"


def _count(value: float) -> str:
    return f"{value:,.0f}"


def _money(fen: int) -> str:
    """CNY with thousands apart."""
    whole, _, part = fen_to_text(fen).partition(".")
    return f"{int(whole):,}.{part}" if whole.lstrip("-") != "0" else fen_to_text(fen)


def _shown(name: str, value: float) -> str:
    """A figure as text, with its unit."""
    if name == "cash":
        return _money(int(value))
    if name.startswith("bank:"):
        return _money(int(value))
    if name in ("ack_p99", "counter_p99", "web_p99"):
        return f"{value:,.0f} ms" if value >= 100 else f"{value:.1f} ms"
    if name == "refusals":
        return f"{value:.1f}%"
    return f"{value:,.0f}/s" if name == "orders" else _count(value)
