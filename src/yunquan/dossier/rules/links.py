"""How strong a link between two accounts is. Pure. Times in ms, amounts in fen."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from yunquan.dossier.types import LinkKind, LinkReason

# What each reason alone would say, in per cent, set by us: a bank account has one holder, while an
# address may be a household's, an office's or a whole carrier's. Of matched trades it grows with
# their share of all that was traded.
STRENGTHS: Final = {
    LinkKind.CLIENT: 100,
    LinkKind.CARD: 95,
    LinkKind.DEVICE: 60,
    LinkKind.GROUP: 30,
    LinkKind.ADDRESS: 25,
}
MATCHED_LEAST: Final = 10
MATCHED_MOST: Final = 90
# An address that so many use says nothing of two of them.
CROWD: Final = 20
WHOLE: Final = 100


def matched_strength(matched_fen: int, traded_fen: int, matches: int) -> int:
    """Of trades with each other: by their share of all the account traded, more when they come
    again and again. Between strangers a match is chance, and rare.
    """
    share = min(WHOLE * matched_fen // traded_fen, WHOLE) if traded_fen > 0 else 0
    return max(MATCHED_LEAST, min(share + 3 * min(matches, 10), MATCHED_MOST))


def crowded(strength: int, users: int) -> int:
    """What a device or address says when so many use it: the more, the less."""
    if users > CROWD:
        return 0
    return strength if users <= 2 else max(strength * 2 // users, 5)


def together(reasons: Iterable[LinkReason]) -> int:
    """Of several reasons: what is left of the doubt after each, taken from the whole."""
    doubt = float(WHOLE)
    for one in reasons:
        doubt *= 1 - one.strength / WHOLE
    return round(WHOLE - doubt)
