"""Whether a product suits somebody: level, term and kind; any that doesn't is a mismatch. Pure."""

from __future__ import annotations

from yunquan.kernel.errors import Refused
from yunquan.suitability.rules.rows import FirmRows
from yunquan.suitability.types import (
    Assessment,
    Matching,
    Product,
    ProfessionalFacts,
    ProfessionalRow,
    RiskClass,
    Verdict,
)


def match_product(one: Assessment, product: Product, firm: FirmRows, day: str) -> Matching:
    """Source: CSRC order 130, art. 19 and 22. The lowest category may not insist, on anything."""
    level = firm.verdict(one.class_, product.level, day)
    mismatches = tuple(
        name
        for name, differs in (
            ("level", level is not Verdict.OK),
            ("term", product.term_months > one.term_months),
            ("sort", product.sort not in one.sorts),
        )
        if differs
    )
    if not mismatches:
        return Matching(product, Verdict.OK, ())
    refused = level is Verdict.REFUSE or one.class_ is RiskClass.LOWEST
    return Matching(product, Verdict.REFUSE if refused else Verdict.WARN, mismatches)


def check_confirming(matching: Matching, *, own_initiative: bool) -> Refused | None:
    """Refuses to let somebody insist who may not, or need not."""
    facts = {"product": matching.product.level}
    if matching.verdict is Verdict.REFUSE:
        return Refused("suitability.refused", facts)
    if matching.verdict is Verdict.OK:
        return Refused("suitability.nothing_to_confirm", facts)
    return None if own_initiative else Refused("suitability.not_own_initiative", facts)


def professional_bases(
    facts: ProfessionalFacts, rows: tuple[ProfessionalRow, ...]
) -> tuple[ProfessionalRow, ...]:
    """The rows that somebody meets. A person needs the assets or the income, an organisation both
    kinds of assets; both need the experience. The firm may refuse all the same, and a conversion
    needs a warning and a record. Source: CSRC order 130.
    """
    return tuple(row for row in rows if row.who == facts.who and _meets(facts, row))


def _meets(facts: ProfessionalFacts, row: ProfessionalRow) -> bool:
    if facts.experience_months < row.experience_months:
        return False
    rich = facts.financial_assets_fen >= row.financial_assets_fen
    if row.who == "organisation":
        return rich and facts.net_assets_fen >= row.net_assets_fen
    return rich or facts.income_fen >= row.income_fen
