"""A PDF signed as PAdES B-LTA (ETSI EN 319 142-1): what was previewed stays byte for byte at the
beginning of the file; signature, time-stamp, what proves the certificate good at that time, and a
time-stamp over all of it are added behind it.
"""

from __future__ import annotations

import asyncio
import io
import logging
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from asn1crypto import keys, tsp, x509
from pyhanko.pdf_utils.content import PdfContent
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.layout import (
    AxisAlignment,
    BoxConstraints,
    Margins,
    SimpleBoxLayoutRule,
)
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign import signers
from pyhanko.sign.attributes import SigningCertificateV2Provider
from pyhanko.sign.fields import MDPPerm, SigFieldSpec, SigSeedSubFilter
from pyhanko.sign.general import as_signing_certificate_v2
from pyhanko.sign.signers.pdf_signer import (
    DSSContentSettings,
    TimestampDSSContentSettings,
)
from pyhanko.sign.timestamps import TimeStamper
from pyhanko.stamp import StaticStampStyle
from pyhanko_certvalidator import ValidationContext
from pyhanko_certvalidator.registry import SimpleCertificateStore

from yunquan.signing.adapters.own_tsa import settled
from yunquan.signing.ports import TimeStampAuthority
from yunquan.signing.types import IssuedCertificate

# It would warn with each paper that it asks nobody outside: that is meant so.
logging.getLogger("pyhanko").setLevel(logging.ERROR)

FIELD: Final = "Signer"
ARCHIVE_FIELD: Final = "Archive"
_RESERVED_BYTES: Final = 12 * 1024


@dataclass(frozen=True, slots=True)
class Means:
    """What one signing signs with. key: PKCS#8, DER; gone once the signing is over."""

    key: bytes = field(repr=False)
    certificate: IssuedCertificate
    root: bytes
    at: datetime


@dataclass(frozen=True, slots=True)
class Place:
    """Where on its last page a paper shows its signature, in points from the lower left. picture: a
    PDF of one page. reason, location: as readers of PDFs show them.
    """

    box: tuple[int, int, int, int]
    picture: bytes = field(repr=False)
    reason: str
    location: str


class Stamper(TimeStamper):
    """Our authority, as the signer of PDFs asks one."""

    def __init__(self, authority: TimeStampAuthority) -> None:
        super().__init__()
        self._authority = authority

    async def async_request_tsa_response(self, req: tsp.TimeStampReq) -> tsp.TimeStampResp:
        return tsp.TimeStampResp.load(self._authority.stamp(req.dump()))


class _Picture(PdfContent):
    """A page of another PDF, drawn as it is."""

    def __init__(self, pdf: bytes) -> None:
        super().__init__()
        self._pdf = pdf

    def render(self) -> bytes:
        page = PdfFileReader(io.BytesIO(self._pdf))
        drawn: Any = self.writer.import_page_as_xobject(page)  # pyright: ignore[reportOptionalMemberAccess]
        self.resources.xobject["/Drawn"] = drawn
        _, _, width, height = (float(side) for side in drawn.get_object()["/BBox"])
        self.box = BoxConstraints(width=int(width), height=int(height))
        return b"/Drawn Do"


class _CertificateNamed(SigningCertificateV2Provider):
    """Names the certificate by SHA-512 (see `settled`)."""

    async def build_attr_value(self, dry_run: bool = False) -> tsp.SigningCertificateV2:
        return settled(as_signing_certificate_v2(self.signing_cert, "sha512"))


class _Hand(signers.SimpleSigner):
    """Signs with a key in memory, each part of the signature encoded once (see `settled`)."""

    def _signed_attr_providers(self, *given: Any, **more: Any) -> Any:
        for one in super()._signed_attr_providers(*given, **more):
            named = isinstance(one, SigningCertificateV2Provider)
            yield _CertificateNamed(one.signing_cert) if named else one

    async def signed_attrs(self, *given: Any, **more: Any) -> Any:
        return settled(await super().signed_attrs(*given, **more))

    def signer_info(self, *given: Any, **more: Any) -> Any:
        return settled(super().signer_info(*given, **more))


class _PaperSigner(signers.PdfSigner):
    """Signs at a time that is handed in."""

    at: datetime

    def init_signing_session(self, *given: Any, **more: Any) -> Any:
        session = super().init_signing_session(*given, **more)
        session.system_time = self.at
        return session


class PaperSigner:
    """Signs the papers of one set, one after the other."""

    def __init__(self, means: Means, stamps: TimeStampAuthority) -> None:
        self._means = means
        self._stamper = Stamper(stamps)
        issued, root = means.certificate, x509.Certificate.load(means.root)
        above = [x509.Certificate.load(one) for one in issued.chain]
        store = SimpleCertificateStore()
        store.register_multiple(above)
        self._context = ValidationContext(
            trust_roots=[root],
            other_certs=above,
            crls=list(issued.crls),
            moment=means.at,
            revocation_mode="require",
        )
        self._signer = _Hand(
            x509.Certificate.load(issued.certificate),
            keys.PrivateKeyInfo.load(means.key),
            store,
            embed_roots=False,
        )

    def sign(self, paper: bytes, place: Place) -> bytes:
        """The paper with the signature behind it. Raises what the authorities raise, and
        pyhanko's SigningError where the certificate doesn't stand under the root.
        """
        writer = IncrementalPdfFileWriter(io.BytesIO(paper))
        meta = signers.PdfSignatureMetadata(
            field_name=FIELD,
            md_algorithm="sha256",
            subfilter=SigSeedSubFilter.PADES,
            reason=place.reason,
            location=place.location,
            embed_validation_info=True,
            use_pades_lta=True,
            timestamp_field_name=ARCHIVE_FIELD,
            validation_context=self._context,
            # All that proves it good goes before the last time-stamp, so that this covers the file.
            dss_settings=DSSContentSettings(
                include_vri=False,
                next_ts_settings=TimestampDSSContentSettings(
                    include_vri=False, update_before_ts=True
                ),
            ),
            certify=True,
            docmdp_permissions=MDPPerm.NO_CHANGES,
        )
        whole = SimpleBoxLayoutRule(
            AxisAlignment.ALIGN_MID, AxisAlignment.ALIGN_MID, margins=Margins(0, 0, 0, 0)
        )
        style = StaticStampStyle(
            border_width=0, background=_Picture(place.picture), background_layout=whole
        )
        spec = SigFieldSpec(FIELD, on_page=-1, box=place.box)
        signer = _PaperSigner(
            meta, self._signer, timestamper=self._stamper, stamp_style=style, new_field_spec=spec
        )
        signer.at = self._means.at
        signed: Any = asyncio.run(signer.async_sign_pdf(writer, bytes_reserved=_RESERVED_BYTES))
        return signed.getvalue()
