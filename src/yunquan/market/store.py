"""Where the market keeps its rows: rules (a file beside the code), instruments, calendar, bars."""

from __future__ import annotations

from pathlib import Path

from yunquan.market.rules.rows import RuleBook, parse_rules

_RULES_FILE = Path(__file__).parent / "rules" / "rows.toml"


def load_rule_book(path: Path | None = None) -> RuleBook:
    """The dated rules, from the file that ships with the code or another of the same form."""
    return parse_rules((path or _RULES_FILE).read_text("utf-8"))
