"""tape.write, tape.read: ticks into the market tape and out again, two quotes to three trades.

Limit: encoding or decoding a tick with msgspec costs 0.3 to 1 us of one core and the file system
adds nothing that counts, so 1,000,000/s is near; the promise is 500,000/s each way. Peer: the same
ticks as a bare msgpack stream, without blocks, checksums, numbers or index.
"""

from __future__ import annotations

import time
from pathlib import Path

import msgspec

from benchmarks import disk
from benchmarks.rows import Row, middle, row, spread
from yunquan.quotes import TapeReader, TapeWriter
from yunquan.quotes.rules.ticks import row_of
from yunquan.quotes.types import Quote, Trade

SYMBOLS = 300
BATCH = 4096
DAY = "2026-07-13"


def ticks(count: int) -> list[Quote | Trade]:
    """Ticks as a feed brings them over a day."""
    made: list[Quote | Trade] = []
    for number in range(count):
        symbol = f"{600000 + number % SYMBOLS}.SH"
        second = 34_200 + number * 14_400 // count
        clock = f"{second // 3600:02d}:{second // 60 % 60:02d}:{second % 60:02d}"
        at = f"{DAY}T{clock}.000+08:00"
        price = 10_000 + 10 * (number % 97)
        if number % 5 < 3:
            made.append(Trade(symbol, number, at, price, 100 * (number % 50), "BS"[number % 2]))
            continue
        bids = tuple((price - 10 * level, 100 * level) for level in range(1, 6))
        asks = tuple((price + 10 * level, 100 * level) for level in range(5))
        head = (symbol, number, at, price, 9_990, 10_990, 9_900, 9_950, 10**8, 10**12)
        made.append(Quote(*head, bids, asks))
    return made


def written(folder: Path, found: list[Quote | Trade]) -> float:
    """Seconds to put ticks on a tape, objects to bytes on file."""
    began = time.perf_counter()
    writer = TapeWriter(folder)
    for start in range(0, len(found), BATCH):
        rows = [row_of(tick, start) for tick in found[start : start + BATCH]]
        writer.write(DAY, rows, start)
    writer.close()
    return time.perf_counter() - began


def read(folder: Path, count: int) -> float:
    """Seconds to read a tape through, every tick an object."""
    began = time.perf_counter()
    heard = sum(1 for _ in TapeReader(folder).read())
    took = time.perf_counter() - began
    assert heard == count
    return took


def bare(path: Path, found: list[Quote | Trade]) -> tuple[float, float]:
    """Seconds to write and read the same with nothing but msgpack."""
    encoder = msgspec.msgpack.Encoder()
    began = time.perf_counter()
    with path.open("wb") as file:
        for start in range(0, len(found), BATCH):
            body = encoder.encode(found[start : start + BATCH])
            file.write(len(body).to_bytes(4) + body)
    wrote = time.perf_counter() - began
    decoder = msgspec.msgpack.Decoder(list[dict[str, msgspec.Raw]])
    began = time.perf_counter()
    heard = 0
    with path.open("rb") as file:
        while length := file.read(4):
            heard += len(decoder.decode(file.read(int.from_bytes(length))))
    assert heard == len(found)
    return wrote, time.perf_counter() - began


def bench(*, quick: bool) -> list[Row]:
    """Two sizes each way, ours and the peer in turn."""
    rows: list[Row] = []
    rounds = 1 if quick else 5
    for count in (5_000, 10_000) if quick else (200_000, 1_000_000):
        found = ticks(count)
        rates: dict[str, list[float]] = {"write": [], "read": [], "bare_write": [], "bare_read": []}
        size = 0
        for _ in range(rounds):
            with disk.folder() as place:
                rates["write"].append(count / written(place / "tape", found))
                rates["read"].append(count / read(place / "tape", count))
                wrote, took = bare(place / "bare", found)
                rates["bare_write"].append(count / wrote)
                rates["bare_read"].append(count / took)
                size = sum(path.stat().st_size for path in (place / "tape").glob("*/*.tape"))
        for way in ("write", "read"):
            rows.append(
                row(
                    f"tape.{way}" if count == 1_000_000 else f"tape.{way}.small",
                    middle(rates[way]),
                    "ticks/s",
                    size=f"{count:,} ticks of {SYMBOLS} symbols, five levels",
                    limit=">= 500,000",
                    note=f"{spread(rates[way])}; {size / count:.0f} bytes a tick;"
                    " books decoded when asked for",
                    peer="bare msgpack stream",
                    peer_value=middle(rates[f"bare_{way}"]),
                )
            )
    return rows
