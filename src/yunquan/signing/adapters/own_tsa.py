"""The firm's own time-stamp authority (RFC 3161): ECDSA P-256 over a digest and the time."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable
from datetime import datetime
from typing import Any, Final

from asn1crypto import algos, cms, core, tsp, x509
from cryptography import x509 as pyca
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID

from yunquan.kernel.errors import Invalid
from yunquan.signing.adapters.house_keys import HouseKeys

# Of our own under the arc of UUIDs: nobody else's, and nobody need be asked for it.
POLICY: Final = "2.25.187946552314062318270163118340286913"
HASHES: Final = ("sha256", "sha384", "sha512")
ACCURACY_S: Final = 1
_NO_TOKEN: Final = (
    ValueError,
    TypeError,
    KeyError,
    InvalidSignature,
    UnsupportedAlgorithm,
    pyca.ExtensionNotFound,
    pyca.DuplicateExtension,
    pyca.InvalidVersion,
)


class OwnTsa:
    """Implements TimeStampAuthority."""

    def __init__(self, keys: HouseKeys, now: Callable[[], datetime]) -> None:
        self._key = keys.stamping.key
        self._certificate = x509.Certificate.load(keys.stamping.der())
        self._now = now

    def stamp(self, request: bytes) -> bytes:
        """The response. Raises Invalid signing.stamp_request for what isn't a request."""
        try:
            asked = tsp.TimeStampReq.load(request, strict=True)
            imprint = asked["message_imprint"]
            algorithm = imprint["hash_algorithm"]["algorithm"].native
            hashed, nonce = imprint["hashed_message"].native, asked["nonce"]
        except (ValueError, TypeError, KeyError) as error:
            raise Invalid("signing.stamp_request") from error
        if algorithm not in HASHES or len(hashed) != hashlib.new(algorithm).digest_size:
            raise Invalid("signing.stamp_request")
        info = self._info(imprint, nonce)
        status = tsp.PKIStatusInfo({"status": "granted"})
        token = cms.ContentInfo.load(_token(self._signed(info)))
        return tsp.TimeStampResp({"status": status, "time_stamp_token": token}).dump()

    def _info(self, imprint: Any, nonce: Any) -> bytes:
        values: dict[str, Any] = {
            "version": "v1",
            "policy": POLICY,
            "message_imprint": imprint,
            "serial_number": secrets.randbits(127),
            "gen_time": self._now().replace(microsecond=0),
            "accuracy": {"seconds": ACCURACY_S},
            "tsa": x509.GeneralName(name="directory_name", value=self._certificate.subject),
        }
        if nonce.native is not None:
            values["nonce"] = nonce
        return tsp.TSTInfo(values).dump()

    def _signed(self, info: bytes) -> cms.SignedData:
        certificate, digest = self._certificate, hashlib.sha256(info).digest()
        named = {
            "hash_algorithm": {"algorithm": "sha512"},
            "cert_hash": hashlib.sha512(certificate.dump()).digest(),
        }
        attributes = settled(
            cms.CMSAttributes(
                [
                    _attribute("content_type", "tst_info"),
                    _attribute(
                        "signing_time",
                        cms.Time({"utc_time": core.UTCTime(self._now().replace(microsecond=0))}),
                    ),
                    _attribute(
                        "signing_certificate_v2",
                        settled(tsp.SigningCertificateV2({"certs": [named]})),
                    ),
                    _attribute("message_digest", digest),
                ]
            )
        )
        signature = self._key.sign(attributes.dump(), ec.ECDSA(hashes.SHA256()))
        return _assembled(info, attributes, signature, certificate)


def _token(signed: cms.SignedData) -> bytes:
    return cms.ContentInfo({"content_type": "signed_data", "content": signed}).dump()


def _assembled(
    info: bytes, attributes: Any, signature: bytes, certificate: x509.Certificate
) -> cms.SignedData:
    """The one form our tokens have."""
    named = {
        "issuer_and_serial_number": {
            "issuer": certificate.issuer,
            "serial_number": certificate.serial_number,
        }
    }
    signer = cms.SignerInfo(
        {
            "version": "v1",
            "sid": cms.SignerIdentifier(named),
            "digest_algorithm": algos.DigestAlgorithm({"algorithm": "sha256"}),
            "signature_algorithm": algos.SignedDigestAlgorithm({"algorithm": "sha256_ecdsa"}),
            "signed_attrs": attributes,
            "signature": signature,
        }
    )
    content = {"content_type": "tst_info", "content": cms.ParsableOctetString(info)}
    signed = {
        "version": "v3",
        "digest_algorithms": [algos.DigestAlgorithm({"algorithm": "sha256"})],
        "encap_content_info": content,
        "certificates": [certificate],
        "signer_infos": [settled(signer)],
    }
    return settled(cms.SignedData(signed))


def settled(made: Any) -> Any:
    """The same, encoded once.

    asn1crypto encodes what was put together by hand anew at each level, four times over; and where
    a length ends in 0x80 it takes that for an indefinite one and does so even for what it has
    encoded before. What stands for an omitted default counts as put together by hand, so that
    certificates are named by SHA-512, which is none. Without both, one paper in thirty took 4 s.
    """
    return type(made).load(made.dump())


def stamped_at(token: bytes, message: bytes, root: bytes) -> datetime | None:
    """When a token says the message existed; None unless it is over this message, by a time-stamp
    authority right under the root.
    """
    try:
        signed: Any = cms.ContentInfo.load(token, strict=True)["content"]
        info: Any = signed["encap_content_info"]["content"]
        (signer,) = signed["signer_infos"]
        # Signed as a SET, not under the tag it has in the structure.
        attributes, signature = signer["signed_attrs"].untag(), signer["signature"].native
        told = {one["type"].native: one["values"][0].native for one in attributes}
        (ours,) = [one.chosen for one in signed["certificates"]]
        certificate = pyca.load_der_x509_certificate(ours.dump())
        certificate.verify_directly_issued_by(pyca.load_der_x509_certificate(root))
        usage = certificate.extensions.get_extension_for_class(pyca.ExtendedKeyUsage).value
        key = certificate.public_key()
        if not isinstance(key, ec.EllipticCurvePublicKey):
            return None
        key.verify(signature, attributes.dump(), ec.ECDSA(hashes.SHA256()))
        imprint = info.parsed["message_imprint"]["hashed_message"].native
        good = (
            imprint == hashlib.sha256(message).digest()
            and told["message_digest"] == hashlib.sha256(info.contents).digest()
            and told["signing_certificate_v2"]["certs"][0]["cert_hash"]
            == hashlib.sha512(ours.dump()).digest()
            and ExtendedKeyUsageOID.TIME_STAMPING in usage
            and _token(_assembled(info.contents, attributes, signature, ours)) == token
        )
        return info.parsed["gen_time"].native if good else None
    except _NO_TOKEN:
        return None


def _attribute(kind: str, value: Any) -> cms.CMSAttribute:
    return settled(cms.CMSAttribute({"type": cms.CMSAttributeType(kind), "values": (value,)}))
