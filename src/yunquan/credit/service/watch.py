"""Credit accounts, live: files as they come, ratios as prices move, clients told at each line."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Final

from yunquan.credit import events, store
from yunquan.credit.ports import CreditFeed
from yunquan.credit.rules import lines as ratios
from yunquan.credit.rules.files import missing_from, read_file
from yunquan.credit.rules.measure import symbols_of
from yunquan.credit.service.board import Measuring, board_of, measuring
from yunquan.credit.types import (
    CreditBoard,
    CreditFile,
    CreditLineView,
    FileTaken,
    KeptAccount,
    Passed,
)
from yunquan.exposure import Past, load_universe
from yunquan.kernel.errors import Refused, Unavailable
from yunquan.kernel.transaction import Database, Tx
from yunquan.market import next_trading_day
from yunquan.market.types import InstrumentNotice
from yunquan.surveillance import is_settled, settle
from yunquan.surveillance.types import AlertView
from yunquan.thresholds.types import Measured

logger = logging.getLogger("yunquan.credit")

ROOM: Final = "credit"
ACTOR: Final = "credit"
REPEATED: Final = "credit.file_repeated"
ALL: Final = "all"
MEASURED: Final = ("line", "shock", "collateral", "file_late", "file_wrong", "missing")
MINUTE_S: Final = 60


class CreditWatch:
    """One process runs one."""

    def __init__(self, database: Database, feed: CreditFeed, *, simulated: bool) -> None:
        self.database = database
        self._feed = feed
        self._simulated = simulated
        self._pasts: tuple[str, dict[str, Past]] = ("", {})
        self._seen: tuple[object, ...] = ()

    def take(self, day: str) -> list[FileTaken]:
        """Take what has come for a trading day, or refuse it by name."""
        with self.database.read() as tx:
            known = {one.version for one in store.files_of(tx, day)}
        found = list[FileTaken]()
        for version in self._feed.versions(day):
            if version in known:
                continue
            try:
                body = self._feed.fetch(day, version)
            except Unavailable as trouble:
                logger.info("credit file waits", extra={"code": trouble.code})
                break
            with self.database.transaction(actor=ACTOR) as tx:
                found.append(_take(tx, read_file(body, day, version), day, version))
        return found

    def step(
        self,
        last: Mapping[str, int],
        notices: Mapping[str, InstrumentNotice],
        day: str,
        second: int,
    ) -> list[AlertView]:
        """Files, ratios and lines at these prices. second: of the venue's day."""
        if not day or not notices:
            return []
        taken = self.take(day)
        seen = (day, second // MINUTE_S, hash(tuple(last.values())))
        if not taken and seen == self._seen:
            return []
        self._seen = seen
        if self._pasts[0] != day:
            self._pasts = day, {}
        with self.database.read() as tx:
            kept = store.load_accounts(tx)
            files = store.files_of(tx, day)
            symbols = symbols_of([one.account for one in kept])
            universe = load_universe(tx, symbols, notices, day, self._pasts[1])
            today, now_ms = tx.today(), tx.now_ms()
        all_of_it = measuring(kept, universe, last, today)
        board = board_of(all_of_it, files, day, now_ms, simulated=self._simulated)
        late = max(second - ratios.lines_on(today)["file_due"] * MINUTE_S, 0)
        measured = [*_figures(all_of_it, board), *_of_files(files, late, known=bool(kept))]
        with self.database.read() as tx:
            quiet = is_settled(tx, ROOM, MEASURED, measured)
        news = [
            (one, view)
            for one, view in zip(kept, board.accounts, strict=True)
            if one.passed is not view.passed or one.told_day != day
        ]
        if quiet and not news:
            return []
        with self.database.transaction(actor=ACTOR) as tx:
            for one, view in news:
                _tell(tx, one, view, day)
            return settle(tx, ROOM, MEASURED, measured)


def _take(tx: Tx, file: CreditFile | Refused, day: str, version: int) -> FileTaken:
    if isinstance(file, Refused):
        made = FileTaken(day, version, "", file.code, 0, (), tx.now_ms())
        tx.emit(events.CreditFileRefused(day, version, file.code))
        logger.warning("credit file refused", extra={"day": day, "code": file.code})
    else:
        before = [one for one in store.files_of(tx, day) if not one.code]
        if before and before[-1].digest == file.digest:
            # The same again changes nothing, and nobody need look.
            missing, many = before[-1].missing, len(file.accounts)
            made = FileTaken(day, version, file.digest, REPEATED, many, missing, tx.now_ms())
        else:
            missing = missing_from(file, store.load_accounts(tx))
            store.replace_accounts(tx, day, file.accounts)
            many = len(file.accounts)
            made = FileTaken(day, version, file.digest, "", many, missing, tx.now_ms())
            tx.emit(events.CreditFileTaken(day, version, file.digest, many, missing))
    store.insert_file(tx, made)
    return made


def _of_files(files: list[FileTaken], late_s: int, *, known: bool) -> list[Measured]:
    """What is wrong with the day's files. known: there were accounts before, so one is due."""
    good = [one for one in files if one.code in ("", REPEATED)]
    found = list[Measured]()
    if known and not good and late_s:
        found.append(Measured("file_late", ALL, late_s * 1_000.0))
    if files and files[-1] not in good:
        found.append(Measured("file_wrong", ALL, 1.0))
    if good and good[-1].missing:
        found.append(Measured("missing", ALL, float(len(good[-1].missing))))
    return found


def _figures(all_of_it: Measuring, board: CreditBoard) -> list[Measured]:
    found = list[Measured]()
    for view in board.accounts:
        if view.passed > Passed.NONE and view.ratio_bp is not None:
            beside: dict[str, float] = {
                "credit_ratio": view.ratio_bp / ratios.WHOLE_BP,
                "credit_debts": view.debts_fen,
                "credit_short_by": view.short_by_fen,
            }
            whom = view.own_account or view.account
            found.append(Measured("line", view.account, float(view.passed), whom, beside=beside))
    owing = sum(view.ratio_bp is not None for view in board.accounts)
    worst = max((one.close_out for one in board.shocks), default=0)
    if owing:
        beside = {"operations_count": float(worst)}
        found.append(Measured("shock", ALL, worst / owing, beside=beside))
    if board.collateral:
        top = board.collateral[0]
        pledged: dict[str, float] = {"exposure_value": top.value_fen}
        share = top.share_bp / ratios.WHOLE_BP
        told = Measured("collateral", top.symbol, share, "", top.symbol, beside=pledged)
        found.append(told)
    return found


def _tell(tx: Tx, kept: KeptAccount, view: CreditLineView, day: str) -> None:
    """Keep where an account stands, and tell its client what is new: each line once a day."""
    told, told_day = (kept.told, kept.told_day) if kept.told_day == day else (Passed.NONE, day)
    one, now, ratio = kept.account, view.passed, view.ratio_bp
    first = not kept.told_day
    if ratio is not None and now > max(told, Passed.NONE):
        _tell_passed(tx, view, ratio, day)
        told = now
    elif now <= Passed.NONE and kept.passed > Passed.NONE and ratio is not None:
        tx.emit(events.CreditLineLeft(one.account, one.own_account, ratio))
        told = Passed.NONE
    elif ratio is not None and now is Passed.WITHDRAWABLE and told is not now and not first:
        if kept.passed is Passed.NONE:
            free = view.free_fen
            tx.emit(events.CreditFreed(one.account, one.own_account, ratio, free))
        told = now
    if (now, told, told_day) != (kept.passed, kept.told, kept.told_day):
        store.save_state(tx, one.account, now, told, told_day)


def _tell_passed(tx: Tx, view: CreditLineView, ratio: int, day: str) -> None:
    by_day = day
    for _ in range(ratios.lines_on(tx.today())["top_up_days"]):
        by_day = next_trading_day(tx, by_day) or by_day
    name = ratios.NAMES[view.passed]
    line_bp: int = getattr(view.lines, f"{name}_bp")
    whom = (view.account, view.own_account)
    tx.emit(events.CreditLinePassed(*whom, name, ratio, line_bp, view.short_by_fen, by_day))
