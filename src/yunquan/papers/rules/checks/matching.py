"""What the opening asks for suits the class, or was insisted on with a record."""

from __future__ import annotations

from collections.abc import Iterator

from yunquan.papers.rules.sheaf import WARN, Sheaf, finding
from yunquan.papers.types import PaperFinding
from yunquan.suitability.types import RiskClass, Verdict


def check(sheaf: Sheaf) -> Iterator[PaperFinding]:
    """papers.unsuitable (error), papers.insisted (warn), papers.product_unknown."""
    opening = sheaf.opening
    true = opening.truth.get("risk_class", "")
    if true not in tuple(RiskClass):
        return
    for code in opening.products:
        product = sheaf.firm.product(code, opening.day)
        if product is None:
            yield finding("papers.product_unknown", "", facts={"product": code})
            continue
        verdict = sheaf.firm.verdict(RiskClass(true), product.level, opening.day)
        if verdict is Verdict.OK:
            continue
        facts = {"product": code, "level": product.level, "class_name": true}
        if verdict is Verdict.WARN and code in opening.confirmed:
            yield finding("papers.insisted", "", facts=facts, severity=WARN)
        else:
            yield finding("papers.unsuitable", "", facts=facts)
