"""What a client is told of stops and halts, and which of them concern a page. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from typing import Final

import msgspec

from yunquan.counter.types import NoticesView, StopView
from yunquan.desk.rules import Text
from yunquan.desk.types import NoticeLine, NoticeList
from yunquan.switches.rules import MARKETS, WHOLE_FIRM, scope_text

EXCHANGE_HALT: Final = "exchange_halt"
EVERYWHERE: Final = "*"


def seen_of(view: NoticesView) -> str:
    """A short text that changes when what clients may be told changes."""
    body = msgspec.json.encode((view.stops, sorted(view.halts.items()), view.changed))
    return hashlib.sha256(body).hexdigest()[:12]


def concerns(scope: str, symbol: str) -> bool:
    """Whether a stop or halt concerns a page. symbol: the one the page is about, "" for a page
    about everything: there, what befalls single symbols is left to their own pages.
    """
    if scope in (WHOLE_FIRM, EVERYWHERE, symbol):
        return True
    return scope in MARKETS and (not symbol or symbol.endswith(f".{scope}"))


def notice_list(
    view: NoticesView, symbol: str, locale: str, name: Callable[[str], str], text: Text
) -> NoticeList:
    """What a page says on top: our own stops first, then the exchange's, then the gateway."""
    lines = (*_stops(view, symbol, locale, name, text), *_halts(view, symbol, name, text))
    if view.changed and _told(view.changed, locale):
        title = text("notice.gateway")
        told = NoticeLine(
            "gateway", "", title, _told(view.changed, locale), view.changed.since_ms, False
        )
        lines = (*lines, told)
    return NoticeList(lines, seen_of(view))


def _told(stop: StopView, locale: str) -> str:
    return stop.notice_zh if locale == "zh_CN" else stop.notice_en


def _stops(
    view: NoticesView, symbol: str, locale: str, name: Callable[[str], str], text: Text
) -> Iterator[NoticeLine]:
    for stop in view.stops:
        if concerns(stop.scope, symbol):
            where = scope_text(stop.scope, name, text)
            title = text("notice.stop", where=where)
            told = _told(stop, locale)
            yield NoticeLine("stop", stop.scope, title, told, stop.since_ms, True)


def _halts(
    view: NoticesView, symbol: str, name: Callable[[str], str], text: Text
) -> Iterator[NoticeLine]:
    for scope, halt in sorted(view.halts.items()):
        if concerns(scope, symbol):
            everywhere = scope == EVERYWHERE
            where = text("notice.everywhere") if everywhere else scope_text(scope, name, text)
            title = text(f"notice.{halt}", where=where)
            # A volatility halt goes on taking orders: they meet in the auction that ends it.
            stops = halt != "volatility_halt"
            yield NoticeLine(halt, scope, title, text(f"notice.{halt}.what"), None, stops)
