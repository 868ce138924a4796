"""The firm's own certificate authority: certificates for one signing 场景证书, for minutes."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID, ObjectIdentifier

from yunquan.kernel.clock import from_ms
from yunquan.kernel.errors import Invalid
from yunquan.signing.adapters.house_keys import Authority, HouseKeys
from yunquan.signing.types import CertificateWish, IssuedCertificate

# id-kp-documentSigning (RFC 9336), and "its validity is assured for so short a time that nobody
# need ask whether it was revoked" (ETSI EN 319 412-1, 5.2).
_DOCUMENT_SIGNING: Final = ObjectIdentifier("1.3.6.1.5.5.7.3.36")
_SHORT_TERM: Final = x509.UnrecognizedExtension(
    ObjectIdentifier("0.4.0.194121.2.1"), bytes.fromhex("0500")
)
CRL_DAYS: Final = 7
LONGEST_NAME: Final = 64


class OwnCa:
    """Implements CertificateAuthority."""

    def __init__(self, keys: HouseKeys, now: Callable[[], datetime]) -> None:
        self._keys = keys
        self._now = now

    def issue(self, wish: CertificateWish) -> IssuedCertificate:
        """Whoever asks has proved to hold the key by signing the request. Raises Invalid
        signing.request.
        """
        request, issuing = _opened(wish.request), self._keys.issuing
        public = request.public_key()
        assert isinstance(public, ec.EllipticCurvePublicKey)
        certificate = (
            x509.CertificateBuilder()
            .subject_name(subject_of(wish.name, wish.identity))
            .issuer_name(issuing.certificate.subject)
            .public_key(public)
            .serial_number(x509.random_serial_number())
            .not_valid_before(from_ms(wish.from_ms))
            .not_valid_after(from_ms(wish.until_ms))
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(_signs_only(), critical=True)
            .add_extension(x509.ExtendedKeyUsage([_DOCUMENT_SIGNING]), critical=False)
            .add_extension(_SHORT_TERM, critical=False)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(issuing.key.public_key()),
                critical=False,
            )
            .sign(issuing.key, hashes.SHA256())
        )
        return IssuedCertificate(
            certificate.public_bytes(Encoding.DER), (issuing.der(),), self.crls()
        )

    def crls(self) -> tuple[bytes, ...]:
        """What is revoked as of now, of the root and of the authority under it: nothing so far."""
        now = self._now().replace(microsecond=0)
        return tuple(_crl(one, now) for one in (self._keys.issuing, self._keys.root))


def subject_of(name: str, identity: str) -> x509.Name:
    """Whom a certificate is for: the name, and a digest in place of the number."""
    return x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, "CN"),
            # The limit is 64 characters; the library counts bytes, and long names are Chinese too.
            x509.NameAttribute(NameOID.COMMON_NAME, name, _validate=len(name) > LONGEST_NAME),
            x509.NameAttribute(NameOID.SERIAL_NUMBER, identity),
        ]
    )


def _opened(request: bytes) -> x509.CertificateSigningRequest:
    try:
        found = x509.load_der_x509_csr(request)
        if found.is_signature_valid and isinstance(found.public_key(), ec.EllipticCurvePublicKey):
            return found
    except (ValueError, InvalidSignature):
        pass
    raise Invalid("signing.request")


def _crl(by: Authority, now: datetime) -> bytes:
    return (
        x509.CertificateRevocationListBuilder()
        .issuer_name(by.certificate.subject)
        .last_update(now)
        .next_update(now + timedelta(days=CRL_DAYS))
        .add_extension(x509.CRLNumber(int(now.timestamp())), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(by.key.public_key()), critical=False
        )
        .sign(by.key, hashes.SHA256())
        .public_bytes(Encoding.DER)
    )


def _signs_only() -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=True,
        content_commitment=True,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=False,
        crl_sign=False,
        encipher_only=False,
        decipher_only=False,
    )
