"""The maintenance ratio of margin trading (维持担保比例). Reference section 9."""

from __future__ import annotations

from typing import Final

_PER_THOUSAND: Final = 1_000


def maintenance_ratio(
    *, cash_fen: int, securities_fen: int, loan_fen: int, short_fen: int, interest_fen: int
) -> int | None:
    """(cash + securities) / (loan + what short sales are worth + interest), in thousandths, rounded
    half up; None for who owes nothing.

    securities_fen: market value of all securities in the credit account.
    """
    owed_fen = loan_fen + short_fen + interest_fen
    if owed_fen <= 0:
        return None
    return (2 * (cash_fen + securities_fen) * _PER_THOUSAND + owed_fen) // (2 * owed_fen)
