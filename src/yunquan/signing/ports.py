"""Whom signing asks outside: who vouches for a name, who vouches for a time."""

from __future__ import annotations

from typing import Protocol

from yunquan.signing.types import CertificateWish, IssuedCertificate


class CertificateAuthority(Protocol):
    """Certifies a key for one signing. Answers within its own patience or raises Unavailable."""

    def issue(self, wish: CertificateWish) -> IssuedCertificate:
        """A certificate over the request. Raises Unavailable signing.ca_down."""
        ...


class TimeStampAuthority(Protocol):
    """Vouches that something existed at a time (RFC 3161)."""

    def stamp(self, request: bytes) -> bytes:
        """The response to a request, both DER. Raises Unavailable signing.tsa_down."""
        ...
