"""Agreements, who signs them, what comes of it, and what a look at a signed paper found. Times in
ms since 1970 UTC, days ISO, digests in hex.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import msgspec

from yunquan.kernel.ids import Id


class SignedSetId(Id, prefix="sgs"):
    """Agreements signed together, all or none."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Article:
    """A heading and its paragraphs, the text of law in Chinese beside its English reading copy."""

    heading_zh: str
    heading_en: str
    paragraphs_zh: tuple[str, ...]
    paragraphs_en: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class AgreementText:
    """One version of an agreement. facts: names of what is filled in. ticks: codes of what must be
    ticked. least_s: seconds that reading it takes at least. effective_to: the first day it no
    longer holds, "" for open. points: what weighs most, Chinese and English, above the articles.
    """

    code: str
    version: int
    title_zh: str
    title_en: str
    summary_zh: str
    summary_en: str
    effective_from: str
    effective_to: str
    must_scroll: bool
    least_s: int
    facts: tuple[str, ...]
    ticks: tuple[str, ...]
    articles: tuple[Article, ...]
    points: tuple[tuple[str, str], ...] = ()


class Tick(msgspec.Struct, frozen=True):
    """Something to be ticked, in words."""

    code: str
    text: str


class Agreement(msgspec.Struct, frozen=True):
    """An agreement as whoever shall sign it sees it in a list."""

    code: str
    version: int
    title: str
    summary: str
    must_scroll: bool
    least_s: int
    ticks: tuple[Tick, ...]
    facts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Signer:
    """Who signs. owner: an application's id or a client's. id_masked: for the paper; id_digest:
    keyed, for the certificate, which never bears the number. facts: what else the papers are filled
    with.
    """

    owner: str
    name: str = field(repr=False)
    id_masked: str
    id_digest: str
    locale: str
    day: str
    facts: Mapping[str, str] = field(repr=False)


class ShownAgreement(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What became of one agreement on the signer's screen. digest: SHA-256 of the previewed PDF.
    scrolled_to_end: of its points, of its words without any. opened: its words were unfolded.
    """

    code: str
    version: int
    digest: str
    shown_at_ms: int
    read_s: int
    scrolled_to_end: bool
    ticked: tuple[str, ...] = ()
    opened: bool = False


class Shown(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the signer had before them and how they said yes. otp: the receipt of the one-time code
    that confirmed it. device, address: of the screen.
    """

    agreements: tuple[ShownAgreement, ...]
    device: str
    address: str
    session: str
    otp: str
    confirmed_at_ms: int


@dataclass(frozen=True, slots=True)
class SignedDocument:
    """One agreement, signed and sealed. document: its place in the archive. verify_code: printed on
    it, by which anybody asks about it. seal: the SM2 seal over it, DER.
    """

    code: str
    version: int
    title: str
    document: str
    sha256: str
    sm3: str
    verify_code: str
    seal: bytes = field(repr=False)
    pdf: bytes = field(repr=False, default=b"")


@dataclass(frozen=True, slots=True)
class SignedSet:
    """What was signed together. certificate: serial number, hex. evidence: place in the archive of
    the record of what was shown and ticked.
    """

    id: SignedSetId
    owner: str
    signer_masked: str
    certificate: str
    evidence: str
    signed_at_ms: int
    documents: tuple[SignedDocument, ...]


class SheetArticle(msgspec.Struct, frozen=True):
    """An article as it is printed: text of law, and its reading copy where there is one."""

    heading: str
    heading_copy: str
    paragraphs: tuple[tuple[str, str], ...]


class Sheet(msgspec.Struct, frozen=True):
    """An agreement as it is printed. mark: what is simulated, "" for nothing. copy: what the
    reading copy is worth, "" without one. facts: label and value. points: what weighs most.
    """

    title: str
    title_copy: str
    firm: str
    edition: str
    mark: str
    copy: str
    facts: tuple[tuple[str, str], ...]
    articles: tuple[SheetArticle, ...]
    footer: str
    day: tuple[int, int, int]
    points_title: str = ""
    points: tuple[tuple[str, str], ...] = ()


class Stamp(msgspec.Struct, frozen=True):
    """What a signature looks like on the last page: label and value, and the firm's round seal."""

    title: str
    lines: tuple[tuple[str, str], ...]
    seal_around: str
    seal_within: str
    note: str


# --- the outside


@dataclass(frozen=True, slots=True)
class CertificateWish:
    """What a certificate authority is asked for. request: PKCS#10, DER; times: ms."""

    request: bytes
    name: str = field(repr=False)
    identity: str
    from_ms: int
    until_ms: int


@dataclass(frozen=True, slots=True)
class IssuedCertificate:
    """What it answers, DER: the certificate, those above it without the root, and what is revoked
    as of now.
    """

    certificate: bytes
    chain: tuple[bytes, ...]
    crls: tuple[bytes, ...]


# --- looking at a signed paper


class SealLine(msgspec.Struct, frozen=True):
    """The SM2 seal over a PDF. codes: what is wrong."""

    firm: str
    name: str
    sealed_at_ms: int
    codes: tuple[str, ...]


class PaperFacts(msgspec.Struct, frozen=True):
    """What an examination found in a PDF by itself. signer: as the certificate has it. level: of
    PAdES, "B-B", "B-T", "B-LT", "B-LTA". reason, place: as the signature says them. codes: what is
    wrong.
    """

    signer: str = ""
    signed_at_ms: int = 0
    certificate: str = ""
    level: str = ""
    reason: str = ""
    place: str = ""
    codes: tuple[str, ...] = ()


class SignatureReport(msgspec.Struct, frozen=True):
    """What can be said of a paper. known: it is, byte for byte, one that we signed. holds: known or
    not, signature and seal are good and nothing was changed. codes: everything that is wrong, each
    once. sealed_at_ms: 0 without a seal. evidence: SHA-256 of the record of what was shown.
    """

    holds: bool
    known: bool
    codes: tuple[str, ...]
    agreement: str
    version: int
    signer: str
    signed_at_ms: int
    certificate: str
    level: str
    sha256: str
    sm3: str
    seal_name: str
    sealed_at_ms: int
    verify_code: str
    evidence: str
