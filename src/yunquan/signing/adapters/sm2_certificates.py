"""SM2 certificates (GM/T 0015): the library that certifies everything else knows no SM2."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from asn1crypto import algos, core, keys, x509
from tongsuopy.crypto.asymciphers import ec
from tongsuopy.crypto.exceptions import (  # pyright: ignore[reportMissingTypeStubs]
    InternalError,
    InvalidSignature,
)
from tongsuopy.crypto.hashes import SM3
from tongsuopy.crypto.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_der_private_key,  # pyright: ignore[reportAttributeAccessIssue]
    load_der_public_key,  # pyright: ignore[reportAttributeAccessIssue]
)

SM2_SM3: Final = "1.2.156.10197.1.501"
_SM2_CURVE: Final = "1.2.156.10197.1.301"
# Of SerialNumber we use 16 bytes, positive.
_SERIAL_BITS: Final = 127


@dataclass(frozen=True, slots=True)
class Sm2Pair:
    """A certificate and its key, both DER."""

    certificate: bytes
    key_der: bytes = field(repr=False)

    def sign(self, message: bytes) -> bytes:
        """SM2 with SM3 over a message, DER."""
        return load_der_private_key(self.key_der, None).sign(message, ec.ECDSA(SM3()))


def is_signed_by(certificate: x509.Certificate, message: bytes, signature: bytes) -> bool:
    """Whether the signature over the message is by the key of an SM2 certificate."""
    try:
        key = load_der_public_key(certificate.public_key.dump())
        key.verify(signature, message, ec.ECDSA(SM3()))
    except (InvalidSignature, InternalError, ValueError, TypeError):
        return False
    return True


def make_sm2_pair(
    common: str, firm: str, begin: datetime, end: datetime, by: Sm2Pair | None
) -> Sm2Pair:
    """A new key with its certificate, issued by `by`, or by itself."""
    key = ec.generate_private_key(ec.SM2())
    key_der = key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    public = keys.PublicKeyInfo.load(
        key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    )
    subject = x509.Name.build(
        {"country_name": "CN", "organization_name": firm, "common_name": common}
    )
    issuer = x509.Certificate.load(by.certificate).subject if by else subject
    algorithm = algos.SignedDigestAlgorithm({"algorithm": SM2_SM3})
    told: dict[str, Any] = {
        "version": "v3",
        "serial_number": secrets.randbits(_SERIAL_BITS),
        "signature": algorithm,
        "issuer": issuer,
        "validity": {
            "not_before": _time(begin - timedelta(days=1)),
            "not_after": _time(end),
        },
        "subject": subject,
        "subject_public_key_info": public,
        "extensions": _extensions(is_root=by is None),
    }
    tbs = x509.TbsCertificate(told)
    signer = by or Sm2Pair(b"", key_der)
    certificate = x509.Certificate(
        {
            "tbs_certificate": tbs,
            "signature_algorithm": algorithm,
            "signature_value": core.OctetBitString(signer.sign(tbs.dump())),
        }
    )
    return Sm2Pair(certificate.dump(), key_der)


def _time(moment: datetime) -> x509.Time:
    return x509.Time({"general_time": core.GeneralizedTime(moment.replace(microsecond=0))})


def _extensions(*, is_root: bool) -> list[dict[str, Any]]:
    usage = {"key_cert_sign", "crl_sign"} if is_root else {"digital_signature", "non_repudiation"}
    return [
        {"extn_id": "basic_constraints", "critical": True, "extn_value": {"ca": is_root}},
        {"extn_id": "key_usage", "critical": True, "extn_value": usage},
    ]


def check_certificate(der: bytes, root: bytes, at: datetime) -> str:
    """What is wrong with a seal's certificate at a time: "signing.seal_stranger" (not under our
    root), "signing.seal_expired", or "".
    """
    try:
        ours, top = x509.Certificate.load(der, strict=True), x509.Certificate.load(root)
        tbs = ours["tbs_certificate"]
        if tbs["issuer"].dump() != top.subject.dump() or not is_signed_by(
            top, tbs.dump(), ours["signature_value"].native
        ):
            return "signing.seal_stranger"
        begin, end = (tbs["validity"][name].native for name in ("not_before", "not_after"))
        return "" if begin <= at <= end else "signing.seal_expired"
    except (ValueError, TypeError, KeyError):
        return "signing.seal_stranger"
