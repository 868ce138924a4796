"""Draws the icons of the home screen: the mark of icon.svg as PNG, by our own few lines.

`python -m tools.icons` writes them; a test compares what is there with what this draws.
"""

from __future__ import annotations

import itertools
import struct
import zlib
from pathlib import Path

FOLDER = Path(__file__).parents[1] / "src/yunquan/investor/static"
SIZES = (192, 512)
BLUE, WHITE = (0x1D, 0x4F, 0xD7), (0xFF, 0xFF, 0xFF)
# In the square of 32 that icon.svg draws in; drawn to four fifths, so that a round mask cuts none.
LINE = ((7.0, 21.0), (13.0, 14.0), (18.0, 18.0), (25.0, 9.0))
HALF_WIDTH, SCALE, MIDDLE = 1.5, 0.8, 16.0
SHADES = 16


def distance(x: float, y: float) -> float:
    """From a point to the line of the mark."""
    nearest = 1e9
    for (ax, ay), (bx, by) in itertools.pairwise(LINE):
        dx, dy = bx - ax, by - ay
        along = max(0.0, min(1.0, ((x - ax) * dx + (y - ay) * dy) / (dx * dx + dy * dy)))
        nearest = min(nearest, (x - ax - along * dx) ** 2 + (y - ay - along * dy) ** 2)
    return nearest**0.5


def shade(column: int, row: int, size: int) -> int:
    """How white a pixel is, 0 to SHADES - 1: the edge is one pixel soft."""
    unit = 32 / size
    x = (((column + 0.5) * unit) - MIDDLE) / SCALE + MIDDLE
    y = (((row + 0.5) * unit) - MIDDLE) / SCALE + MIDDLE
    inside = (HALF_WIDTH - distance(x, y)) / (unit / SCALE) + 0.5
    return round(max(0.0, min(1.0, inside)) * (SHADES - 1))


def chunk(kind: bytes, data: bytes) -> bytes:
    """A part of a PNG."""
    check = struct.pack(">I", zlib.crc32(kind + data))
    return struct.pack(">I", len(data)) + kind + data + check


def png(size: int) -> bytes:
    """The mark as a PNG with a palette from blue to white."""
    palette = bytes(
        round(dark + (light - dark) * step / (SHADES - 1))
        for step in range(SHADES)
        for dark, light in zip(BLUE, WHITE, strict=True)
    )
    rows = b"".join(
        b"\0" + bytes(shade(column, row, size) for column in range(size)) for row in range(size)
    )
    head = struct.pack(">IIBBBBB", size, size, 8, 3, 0, 0, 0)
    parts = ((b"IHDR", head), (b"PLTE", palette), (b"IDAT", zlib.compress(rows, 9)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunk(kind, data) for kind, data in parts)


def main() -> None:
    """Write the icons into the investor's static files."""
    for size in SIZES:
        (FOLDER / f"icon-{size}.png").write_bytes(png(size))


if __name__ == "__main__":
    main()
