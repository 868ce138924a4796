"""Findings as people read them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from yunquan.papers.types import PaperFinding

Text = Callable[..., str]


def sentence(one: PaperFinding, text: Text) -> str:
    """What was found, in which document, with the names of fields, phrases and documents."""
    facts: dict[str, Any] = dict(one.facts)
    if "field" in facts:
        facts["field"] = text(f"papers.field.{facts['field']}")
    if "phrase" in facts:
        facts["phrase"] = text(f"papers.phrase.{facts['phrase']}")
    if "kind" in facts and one.code == "papers.foreign_number":
        facts["kind"] = text(f"papers.field.{facts['kind']}")
    for name in ("before", "other"):
        if name in facts:
            facts[name] = document(facts[name], text)
    if "product" in facts:
        facts["product"] = text(f"suitability.product.{facts['product']}")
    return text(one.code, document=document(one.document, text), **facts)


def document(code: str, text: Text) -> str:
    """A document's name; the whole set for ""."""
    return text(f"papers.document.{code or 'all'}")
