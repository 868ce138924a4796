"""What was signed, as the checks of papers want it."""

from __future__ import annotations

from yunquan.kernel.transaction import ReadTx
from yunquan.onboarding.service.parts import OnboardingParts
from yunquan.onboarding.types import Application, Particulars
from yunquan.papers.types import OpeningPaper, OpeningPapers
from yunquan.signing.types import AgreementText
from yunquan.suitability.types import Assessment


def papers_of(
    parts: OnboardingParts,
    tx: ReadTx,
    one: Application,
    own: Particulars,
    assessed: Assessment | None,
    day: str,
) -> OpeningPapers:
    """Texts of the newest signed set, with what they were filled in with, beside what was verified.

    Our papers show numbers masked; the whole ones go along as facts, so that two papers that were
    filled in differently still differ.
    """
    assert own.card is not None
    assert own.details is not None
    truth = {
        "name": own.card.name,
        "id_number": own.card.id_number,
        "address": own.card.address,
        "mobile": own.mobile,
        "bank_account": own.bank_account,
        "card_holder": own.card.name,
        "card_valid_until": own.card.valid_until,
        "risk_class": assessed.class_.value if assessed else "",
    }
    made = parts.signing.sets_in(tx, one.id, 1)
    documents = made[0].documents if made else ()
    at_ms = made[0].signed_at_ms if made else 0
    texts = (parts.signing.text_of(paper.code, paper.version) for paper in documents)
    papers = tuple(
        OpeningPaper(
            text.code,
            str(text.version),
            "zh_CN",
            (_page(text),),
            str(one.id),
            at_ms,
            truth,
        )
        for text in texts
        if text is not None
    )
    signed = {paper.code: paper.version for paper in documents}
    versions = {code: str(version) for code, version in signed.items()}
    insisted = tuple(found.product for found in parts.suitability.list_mismatches(tx, one.id))
    return OpeningPapers(str(one.id), day, papers, versions, truth, ("main_share",), insisted)


def _page(text: AgreementText) -> str:
    """Title and every paragraph; blanks stay as they are, their values go along as facts."""
    said = [paragraph for article in text.articles for paragraph in article.paragraphs_zh]
    return "\n".join([text.title_zh, *said]).replace("{", "").replace("}", "")
