"""Keys and certificates of this installation's own authorities: a root, the authority under it that
certifies signers, the time-stamp authority; and for the seal an SM2 root and the firm's SM2 key.

Made once, together, and written as one file, keys sealed by the vault. In earnest the root lies in
a safe, the others in an HSM, and signers' certificates come from a licensed authority.
"""

from __future__ import annotations

import contextlib
import os
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

import msgspec
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_der_private_key,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from yunquan.security import Vault
from yunquan.signing.adapters.sm2_certificates import Sm2Pair, make_sm2_pair

ROOT_YEARS: Final = 30
AUTHORITY_YEARS: Final = 15
_CONTEXT: Final = "signing:house-keys"
_DAY: Final = timedelta(days=1)
_YEAR: Final = timedelta(days=365)


@dataclass(frozen=True, slots=True)
class Authority:
    """A certificate with its key."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey = field(repr=False)

    def der(self) -> bytes:
        """The certificate as others keep it."""
        return self.certificate.public_bytes(Encoding.DER)


@dataclass(frozen=True, slots=True)
class HouseKeys:
    """All of them."""

    root: Authority
    issuing: Authority
    stamping: Authority
    seal_root: Sm2Pair
    seal: Sm2Pair


class _Kept(msgspec.Struct, frozen=True):
    certificates: dict[str, bytes]
    keys: dict[str, bytes]


def load_house_keys(path: Path, vault: Vault, firm: str, now: Callable[[], datetime]) -> HouseKeys:
    """The keys in this file, made if there is none. Two processes starting together agree on one.
    Raises Unavailable vault.unreadable.
    """
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        sealed = vault.seal(msgspec.json.encode(_kept(_make(firm, now()))).decode(), _CONTEXT)
        draft = path.with_name(f"{path.name}.{secrets.token_hex(8)}.draft")
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(sealed)
            file.flush()
            os.fsync(file.fileno())
        # A link fails where a rename would replace what another process made.
        with contextlib.suppress(FileExistsError):
            path.hardlink_to(draft)
        draft.unlink()
    return _opened(msgspec.json.decode(vault.open(path.read_bytes(), _CONTEXT), type=_Kept))


def _kept(keys: HouseKeys) -> _Kept:
    certificates = {"seal_root": keys.seal_root.certificate, "seal": keys.seal.certificate}
    private = {"seal_root": keys.seal_root.key_der, "seal": keys.seal.key_der}
    for name in ("root", "issuing", "stamping"):
        one: Authority = getattr(keys, name)
        certificates[name] = one.der()
        private[name] = one.key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    return _Kept(certificates, private)


def _opened(kept: _Kept) -> HouseKeys:
    def authority(name: str) -> Authority:
        key = load_der_private_key(kept.keys[name], None)
        assert isinstance(key, ec.EllipticCurvePrivateKey)
        return Authority(x509.load_der_x509_certificate(kept.certificates[name]), key)

    def pair(name: str) -> Sm2Pair:
        return Sm2Pair(kept.certificates[name], kept.keys[name])

    return HouseKeys(
        authority("root"),
        authority("issuing"),
        authority("stamping"),
        pair("seal_root"),
        pair("seal"),
    )


def _make(firm: str, now: datetime) -> HouseKeys:
    root_key, issuing_key, stamping_key = (ec.generate_private_key(ec.SECP256R1()) for _ in "abc")
    root_name = _name(firm, f"{firm} Root CA")
    root = _certificate(root_name, root_name, root_key, root_key, now, ROOT_YEARS, path_length=1)
    issuing_name = _name(firm, f"{firm} Event Certificate CA")
    issuing = _certificate(
        issuing_name, root_name, issuing_key, root_key, now, AUTHORITY_YEARS, path_length=0
    )
    stamping = _certificate(
        _name(firm, f"{firm} Time-stamp Authority"),
        root_name,
        stamping_key,
        root_key,
        now,
        AUTHORITY_YEARS,
        path_length=None,
    )
    seal_root = make_sm2_pair(f"{firm} 印章根", firm, now, now + ROOT_YEARS * _YEAR, None)
    seal = make_sm2_pair(
        f"{firm} 电子合同专用章", firm, now, now + AUTHORITY_YEARS * _YEAR, seal_root
    )
    return HouseKeys(
        Authority(root, root_key),
        Authority(issuing, issuing_key),
        Authority(stamping, stamping_key),
        seal_root,
        seal,
    )


def _name(firm: str, common: str) -> x509.Name:
    return x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, "CN"),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, firm),
            x509.NameAttribute(NameOID.COMMON_NAME, common),
        ]
    )


def _certificate(
    subject: x509.Name,
    issuer: x509.Name,
    key: ec.EllipticCurvePrivateKey,
    by: ec.EllipticCurvePrivateKey,
    now: datetime,
    years: int,
    *,
    path_length: int | None,
) -> x509.Certificate:
    """path_length: of an authority; None for whoever stamps times."""
    is_authority = path_length is not None
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _DAY)
        .not_valid_after(now + years * _YEAR)
        .add_extension(x509.BasicConstraints(is_authority, path_length), critical=True)
        .add_extension(_usage(is_authority=is_authority), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(by.public_key()), critical=False
        )
    )
    if not is_authority:
        stamps = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING])
        builder = builder.add_extension(stamps, critical=True)
    return builder.sign(by, hashes.SHA256())


def _usage(*, is_authority: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not is_authority,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=is_authority,
        crl_sign=is_authority,
        encipher_only=False,
        decipher_only=False,
    )
