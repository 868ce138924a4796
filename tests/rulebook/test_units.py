"""Numbers in words."""

from __future__ import annotations

import pytest

from yunquan.rulebook.rules.units import shown


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (400_400_000, "fen", "¥4,004,000.00"),
        (10_010, "milli", "¥10.010"),
        (0.857, "share", "85.7%"),
        (1_500, "ms", "1.50 s"),
        (44, "count", "44"),
        (1_000_000, "qty", "1,000,000"),
        (3.21, "sd", "3.2 σ"),
    ],
)
def test_a_number_as_people_write_it(value: float, unit: str, text: str) -> None:
    assert shown(value, unit) == text
