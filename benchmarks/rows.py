"""Result rows: what they hold, the files they are kept in, and the table made of them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from statistics import median
from typing import Any

import msgspec

FOLDER = Path(__file__).parent
RESULTS = FOLDER / "results"
BEGIN, END = "<!-- table: written by make bench -->", "<!-- end of table -->"


class Row(msgspec.Struct, frozen=True):
    """One promise as measured. limit: what to reach, with the sign that says which side is good.

    value, peer_value: in `unit`. ratio: value over peer_value, None without a measured peer.
    """

    id: str
    value: float
    unit: str
    size: str
    peer: str
    peer_value: float | None
    ratio: float | None
    limit: str
    note: str

    @property
    def holds(self) -> bool:
        """Whether the value is on the good side of the limit."""
        sign, bar = self.limit.split(" ", 1)
        limit = float(bar.split(" ")[0].replace(",", ""))
        return {
            ">=": self.value >= limit,
            "<=": self.value <= limit,
            "<": self.value < limit,
        }[sign]


def row(
    id: str,
    value: float,
    unit: str,
    *,
    size: str,
    limit: str,
    note: str,
    peer: str = "",
    peer_value: float | None = None,
) -> Row:
    """A row with its figures rounded to what the measurement can carry."""
    ratio = round(value / peer_value, 2) if peer_value else None
    told = None if peer_value is None else rounded(peer_value)
    return Row(id, rounded(value), unit, size, peer, told, ratio, limit, note)


def rounded(value: float) -> float:
    """Three significant digits, whole numbers above a thousand."""
    if value >= 1000:
        digits = len(str(int(value)))
        return round(value, 3 - digits)
    return float(f"{value:.3g}")


def middle(values: Sequence[float]) -> float:
    """The median: one slow round on a shared machine doesn't move it."""
    return float(median(values))


def spread(values: Sequence[float]) -> str:
    """Lowest to highest of the rounds, for the note."""
    return f"{min(values):,.0f} to {max(values):,.0f} in {len(values)} rounds"


def percentile(values: Sequence[float], share: float) -> float:
    """The value below which `share` of the sorted values lie."""
    ordered = sorted(values)
    return ordered[min(int(len(ordered) * share), len(ordered) - 1)]


def load(name: str) -> list[Row]:
    """The rows kept of a benchmark."""
    return msgspec.json.decode((RESULTS / f"{name}.json").read_bytes(), type=list[Row])


def save(name: str, rows: Sequence[Row], folder: Path = RESULTS) -> None:
    """Keep the rows; those of the same run come together in one file."""
    folder.mkdir(exist_ok=True)
    text = msgspec.json.format(msgspec.json.encode(list(rows)), indent=2)
    (folder / f"{name}.json").write_bytes(text + b"\n")


def merged(name: str, fresh: Sequence[Row]) -> list[Row]:
    """The kept rows with the fresh ones in their place."""
    by_id = {row.id: row for row in fresh}
    kept = load(name) if (RESULTS / f"{name}.json").exists() else []
    known = {row.id for row in kept}
    return [by_id.get(row.id, row) for row in kept] + [row for row in fresh if row.id not in known]


def write_table(path: Path = FOLDER / "README.md") -> None:
    """Write the table of every kept result between its marks in the README."""
    kept = [row for file in sorted(RESULTS.glob("*.json")) for row in load(file.stem)]
    lines = [
        "| id | value | unit | to reach | holds | peer | peer's value | ratio | size |",
        "| --- | ---: | --- | --- | --- | --- | ---: | ---: | --- |",
        *(_line(row) for row in kept),
        "",
        *(f"- `{row.id}`: {row.note}" for row in kept),
    ]
    before, rest = path.read_text("utf-8").split(BEGIN, 1)
    after = rest.split(END, 1)[1]
    path.write_text("\n".join([before + BEGIN, "", *lines, "", END]) + after, "utf-8")


def _line(row: Row) -> str:
    cells: list[Any] = [
        f"`{row.id}`",
        figure(row.value),
        row.unit,
        row.limit,
        "yes" if row.holds else "**no**",
        row.peer,
        "" if row.peer_value is None else figure(row.peer_value),
        "" if row.ratio is None else row.ratio,
        row.size,
    ]
    return "| " + " | ".join(str(cell) for cell in cells) + " |"


def figure(value: float) -> str:
    """A number for people: thousands with commas, small ones with their digits."""
    return f"{value:,.0f}" if value >= 1000 else f"{value:g}"
