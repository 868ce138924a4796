"""A certificate for one signing: a key that lives as long as the signing, and whoever certifies it
is not believed blindly.
"""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from yunquan.kernel.clock import to_ms
from yunquan.kernel.errors import Unavailable
from yunquan.signing.adapters.own_ca import subject_of
from yunquan.signing.adapters.pades import Means
from yunquan.signing.ports import CertificateAuthority
from yunquan.signing.types import CertificateWish, IssuedCertificate, Signer

VALID: Final = timedelta(minutes=15)
BEFORE: Final = timedelta(minutes=1)
PATIENCE_S: Final = 5.0
AT_ONCE: Final = 4


class Vouching:
    """Asks the authority, on threads of its own: one that hangs must not hang a signer."""

    def __init__(
        self, authority: CertificateAuthority, root: bytes, patience_s: float = PATIENCE_S
    ) -> None:
        self._authority = authority
        self._root = root
        self._patience_s = patience_s
        self._threads = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="vouching")

    def means(self, signer: Signer, at: datetime) -> Means:
        """What one signing signs with. Raises Unavailable signing.ca_down, signing.ca_slow,
        signing.certificate_wrong.
        """
        key = ec.generate_private_key(ec.SECP256R1())
        subject = subject_of(signer.name, signer.id_digest[:64])
        request = x509.CertificateSigningRequestBuilder().subject_name(subject)
        wish = CertificateWish(
            request.sign(key, hashes.SHA256()).public_bytes(Encoding.DER),
            signer.name,
            signer.id_digest[:64],
            to_ms(at - BEFORE),
            to_ms(at + VALID),
        )
        issued = self._asked(wish)
        if not _is_as_wished(issued, key.public_key(), subject, at):
            raise Unavailable("signing.certificate_wrong")
        private = key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
        return Means(private, issued, self._root, at)

    def _asked(self, wish: CertificateWish) -> IssuedCertificate:
        answer: Future[IssuedCertificate] = self._threads.submit(self._authority.issue, wish)
        try:
            return answer.result(self._patience_s)
        except TimeoutError:
            answer.cancel()
            raise Unavailable("signing.ca_slow") from None


def _is_as_wished(
    issued: IssuedCertificate, key: ec.EllipticCurvePublicKey, subject: x509.Name, at: datetime
) -> bool:
    try:
        found = x509.load_der_x509_certificate(issued.certificate)
    except ValueError:
        return False
    spelled = (Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return (
        found.subject == subject
        and found.public_key().public_bytes(*spelled) == key.public_bytes(*spelled)
        and found.not_valid_before_utc <= at < found.not_valid_after_utc
    )


def serial_of(means: Means) -> str:
    """The certificate's number, as it is printed and kept, hex."""
    return f"{x509.load_der_x509_certificate(means.certificate.certificate).serial_number:x}"
