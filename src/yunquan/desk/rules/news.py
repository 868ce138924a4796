"""What is told of an instrument: corporate actions, halts, listings, notices. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from yunquan.actions.types import Action, Standing
from yunquan.desk.rules.lists import Text
from yunquan.market.types import InstrumentNotice, TradingStatus, VenueNotice
from yunquan.quotes.types import NewsLine


def news_of(
    notice: InstrumentNotice,
    stopped: TradingStatus | None,
    told: VenueNotice | None,
    actions: Iterable[Standing],
    text: Text,
) -> tuple[NewsLine, ...]:
    """Newest day first. told: the exchange's last word to everybody; in the reader's language."""
    today, venue = notice.trading_day, text("news.source.exchange")
    found = [_action(one, text) for one in actions]
    if stopped is not None or notice.halted:
        status = stopped.status if stopped else "halted"
        until = text("news.until", time=stopped.until) if stopped and stopped.until else ""
        reason = stopped.reason if stopped else ""
        words = " ".join(part for part in (reason, until) if part)
        found.append(NewsLine(today, "halt", text(f"market.standing.{status}"), words, venue))
    for kind, count in (("listing", notice.listing_day), ("delisting", notice.delisting_day)):
        if count:
            about = text(f"news.{kind}.about", count=count, day=notice.instrument.listed_on)
            found.append(NewsLine(today, kind, text(f"news.{kind}"), about, venue))
    if notice.instrument.risk_warned:
        warned = (text("news.warned"), text("news.warned.about"))
        found.append(NewsLine(today, "warned", *warned, venue))
    if told is not None:
        title = text("news.told", title_zh=told.title_zh, title_en=told.title_en)
        found.append(NewsLine(told.at[:10], "notice", title, "", venue))
    return tuple(sorted(found, key=lambda one: one.day, reverse=True))


def _action(standing: Standing, text: Text) -> NewsLine:
    one = standing.action
    days = [("record_day", one.record_day), ("ex_day", one.ex_day)]
    days += [("pay_day", one.pay_day), ("listing_day", one.listing_day)]
    told = [f"{text(f'actions.{name}')} {day}" for name, day in days if day]
    about = " · ".join((text("actions.per_ten"), *_gives(one, text), *told))
    return NewsLine(one.ex_day, "action", text("news.action"), about, standing.source)


def _gives(one: Action, text: Text) -> list[str]:
    parts: list[str] = []
    if one.cash_e6:
        parts.append(text("actions.gives.cash", amount=_plain(one.cash_e6, 6)))
    for name, shares in (("bonus", one.bonus_e6), ("capital", one.capital_e6)):
        if shares:
            parts.append(text(f"actions.gives.{name}", shares=_plain(shares, 6)))
    if one.rights_e6:
        price = _plain(one.rights_price_milli, 3)
        parts.append(text("actions.gives.rights", shares=_plain(one.rights_e6, 6), price=price))
    return parts


def _plain(value: int, places: int) -> str:
    return f"{Decimal(value).scaleb(-places).normalize():f}"
