"""A signing office with everything it stands on, and somebody who signs."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import yunquan.statements
from tests.archive.conftest import make_archive
from yunquan.app.locale import catalogue
from yunquan.archive import Archive
from yunquan.kernel.transaction import Database
from yunquan.security import Sm4Vault
from yunquan.signing import (
    CertificateAuthority,
    Examination,
    HouseKeys,
    OwnCa,
    OwnTsa,
    SealFace,
    SealMaker,
    SheetPrinter,
    Signing,
    SigningParts,
    TimeStampAuthority,
    Verifier,
    Vouching,
    load_house_keys,
)
from yunquan.signing.types import Shown, ShownAgreement, Signer

FONTS = Path(yunquan.statements.__file__).parent / "fonts"
PRINTER = SheetPrinter(FONTS)
FIRM = "云泉证券"
DAY = "2026-07-13"
ACTOR = "applicant:app_1"
ALL = (
    *("privacy", "esign", "tax", "investor_notice", "suitability"),
    *("risk", "brokerage", "custody", "designation"),
)
FACTS = {
    "bank": "澄江模拟银行",
    "bank_account_masked": "6222********2333",
    "class": "C3（平衡型）",
    "class_valid_until": "2028-07-12",
    "product_level": "R3",
    "match": "匹配",
    "tax": "仅为中国税收居民",
}
SIGNER = Signer("app_1", "林小舟", "990***********0010", "ab" * 32, "zh_CN", DAY, FACTS)


@dataclass
class Office:
    """signing: to sign with; verifier: to look with; the rest for whoever meddles."""

    signing: Signing
    verifier: Verifier
    archive: Archive
    database: Database
    keys: HouseKeys
    tsa: TimeStampAuthority

    def shown(self, signer: Signer = SIGNER, codes: Sequence[str] = ALL, **more: Any) -> Shown:
        """Everything read and ticked as it should be. more: what differs, of each paper."""
        now_ms = int(self.database.clock.now().timestamp() * 1000)
        facts = {
            **signer.facts,
            "name": signer.name,
            "id_masked": signer.id_masked,
            "day": signer.day,
        }
        seen = []
        for one in self.signing.agreements(signer.locale, signer.day):
            if one.code in codes:
                pdf = self.signing.preview(one.code, signer.locale, facts)
                paper = ShownAgreement(
                    one.code,
                    one.version,
                    hashlib.sha256(pdf).hexdigest(),
                    now_ms,
                    60,
                    scrolled_to_end=True,
                    ticked=tuple(tick.code for tick in one.ticks),
                )
                seen.append(replace_struct(paper, more))
        return Shown(tuple(seen), "Chrome, Android", "203.0.113.7", "ses_1", "otp_1", now_ms)


def replace_struct(paper: ShownAgreement, more: dict[str, Any]) -> ShownAgreement:
    values = {name: getattr(paper, name) for name in paper.__struct_fields__}
    return ShownAgreement(**(values | more))


def make_office(
    database: Database,
    folder: Path,
    authority: CertificateAuthority | None = None,
    patience_s: float = 5.0,
) -> Office:
    now = database.clock.now
    keys = load_house_keys(folder / "keys" / "signing.keys", Sm4Vault(b"k" * 16), FIRM, now)
    archive, tsa = make_archive(database, folder / "archive"), OwnTsa(keys, now)
    root = keys.root.der()
    parts = SigningParts(
        database,
        archive,
        catalogue(),
        PRINTER,
        Vouching(authority or OwnCa(keys, now), root, patience_s),
        tsa,
        SealMaker(keys, tsa, lambda: SealFace(b"\x89PNG", 40, 40), now),
        now,
        simulated=True,
    )
    verifier = Verifier(
        database, archive, Examination(root), (root, keys.seal_root.certificate), now
    )
    return Office(Signing(parts), verifier, archive, database, keys, tsa)


def english(signer: Signer = SIGNER) -> Signer:
    return replace(signer, locale="en")
