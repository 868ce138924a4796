"""The firm's electronic seal over a paper, detached, modelled on GB/T 38540-2020.

Ours of it: SESeal with header, number, properties and picture, signed by the maker of seals;
SES_Signature with TBS_Sign (version, seal, time, digest of the data, where it applies), the
certificate, SM2 with SM3, and a time-stamp. Not ours: a picture in one of its formats (OFD), a
seal list kept by a public security bureau, certificates of a licensed authority.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, ClassVar, Final

from asn1crypto import core, tsp, x509
from cryptography.hazmat.primitives import hashes

from yunquan.kernel.clock import to_ms
from yunquan.signing.adapters.house_keys import HouseKeys
from yunquan.signing.adapters.own_tsa import settled, stamped_at
from yunquan.signing.adapters.sm2_certificates import (
    SM2_SM3,
    Sm2Pair,
    check_certificate,
    is_signed_by,
)
from yunquan.signing.ports import TimeStampAuthority
from yunquan.signing.types import SealLine

VERSION: Final = 4
LARGEST: Final = 64 * 1024
TOLERANCE: Final = timedelta(minutes=1)
_CERTIFICATES: Final = 1
# Where the seal applies: the whole file, not a range of it.
WHOLE_FILE: Final = "/Whole"
_MALFORMED: Final = (ValueError, TypeError, KeyError, AttributeError)


class _Header(core.Sequence):
    _fields: ClassVar[Any] = [
        ("id", core.IA5String),
        ("version", core.Integer),
        ("vid", core.IA5String),
    ]


class _Certificates(core.SequenceOf):
    _child_spec = core.OctetString


class _Property(core.Sequence):
    _fields: ClassVar[Any] = [
        ("type", core.Integer),
        ("name", core.UTF8String),
        ("cert_list_type", core.Integer),
        ("cert_list", _Certificates),
        ("created", core.GeneralizedTime),
        ("valid_from", core.GeneralizedTime),
        ("valid_until", core.GeneralizedTime),
    ]


class _Picture(core.Sequence):
    _fields: ClassVar[Any] = [
        ("type", core.IA5String),
        ("data", core.OctetString),
        ("width", core.Integer),
        ("height", core.Integer),
    ]


class _SealInfo(core.Sequence):
    _fields: ClassVar[Any] = [
        ("header", _Header),
        ("es_id", core.IA5String),
        ("property", _Property),
        ("picture", _Picture),
    ]


class _Seal(core.Sequence):
    _fields: ClassVar[Any] = [
        ("info", _SealInfo),
        ("cert", core.OctetString),
        ("algorithm", core.ObjectIdentifier),
        ("signature", core.OctetBitString),
    ]


class _ToSign(core.Sequence):
    _fields: ClassVar[Any] = [
        ("version", core.Integer),
        ("seal", _Seal),
        ("time", core.GeneralizedTime),
        ("digest", core.OctetBitString),
        ("property_info", core.IA5String),
    ]


class _SealSignature(core.Sequence):
    _fields: ClassVar[Any] = [
        ("to_sign", _ToSign),
        ("cert", core.OctetString),
        ("algorithm", core.ObjectIdentifier),
        ("signature", core.OctetBitString),
        ("time_stamp", core.OctetBitString, {"explicit": 0, "optional": True}),
    ]


@dataclass(frozen=True, slots=True)
class SealFace:
    """How a seal looks, PNG, in millimetres."""

    png: bytes
    width: int
    height: int


def sm3(data: bytes) -> bytes:
    """SM3 (GB/T 32905) of some bytes."""
    digest = hashes.Hash(hashes.SM3())
    digest.update(data)
    return digest.finalize()


class SealMaker:
    """Puts the firm's seal on papers."""

    def __init__(
        self,
        keys: HouseKeys,
        stamps: TimeStampAuthority,
        face: Callable[[], SealFace],
        now: Callable[[], datetime],
    ) -> None:
        self._keys, self._stamps, self._now = keys, stamps, now
        self._face = face
        self._made: _Seal | None = None

    def _seal(self) -> _Seal:
        """Made when it is first needed: drawing it takes a moment."""
        if self._made is None:
            self._made = _make_seal(self._keys.seal_root, self._keys.seal, self._face())
        return self._made

    def seal(self, paper: bytes) -> bytes:
        """The seal over a paper, DER."""
        to_sign = settled(
            _ToSign(
                {
                    "version": VERSION,
                    "seal": self._seal(),
                    "time": self._now().replace(microsecond=0),
                    "digest": sm3(paper),
                    "property_info": WHOLE_FILE,
                }
            )
        )
        signature = self._keys.seal.sign(to_sign.dump())
        stamp = _stamped(self._stamps, signature)
        return _assembled(to_sign, self._keys.seal.certificate, signature, stamp)


def _assembled(to_sign: _ToSign, certificate: bytes, signature: bytes, stamp: bytes) -> bytes:
    """The one form our seals have."""
    return _SealSignature(
        {
            "to_sign": to_sign,
            "cert": certificate,
            "algorithm": SM2_SM3,
            "signature": signature,
            "time_stamp": stamp,
        }
    ).dump()


def _stamped(stamps: TimeStampAuthority, signature: bytes) -> bytes:
    imprint = {
        "hash_algorithm": {"algorithm": "sha256"},
        "hashed_message": hashlib.sha256(signature).digest(),
    }
    request = tsp.TimeStampReq({"version": "v1", "message_imprint": imprint, "cert_req": True})
    answer = tsp.TimeStampResp.load(stamps.stamp(request.dump()))
    return answer["time_stamp_token"].dump()


def _make_seal(maker: Sm2Pair, owner: Sm2Pair, face: SealFace) -> _Seal:
    certificate = x509.Certificate.load(owner.certificate)
    validity = certificate["tbs_certificate"]["validity"]
    begin, end = (validity[name].native for name in ("not_before", "not_after"))
    names = certificate.subject.native
    info = settled(
        _SealInfo(
            {
                "header": {"id": "ES", "version": VERSION, "vid": "YUNQUAN"},
                "es_id": f"{certificate.serial_number:032x}",
                "property": {
                    "type": 1,
                    "name": names["common_name"],
                    "cert_list_type": _CERTIFICATES,
                    "cert_list": [owner.certificate],
                    "created": begin,
                    "valid_from": begin,
                    "valid_until": end,
                },
                "picture": {
                    "type": "PNG",
                    "data": face.png,
                    "width": face.width,
                    "height": face.height,
                },
            }
        )
    )
    return settled(
        _Seal(
            {
                "info": info,
                "cert": maker.certificate,
                "algorithm": SM2_SM3,
                "signature": maker.sign(info.dump()),
            }
        )
    )


def examine_seal(sealed: bytes, paper: bytes, root: bytes, stamp_root: bytes) -> SealLine:
    """What a seal says, and whether it holds over a paper. root: of seals, stamp_root: of
    time-stamps, both DER.
    """
    try:
        if len(sealed) > LARGEST:
            raise ValueError("larger than any seal")
        found: Any = _SealSignature.load(sealed, strict=True)
        to_sign, info = found["to_sign"], found["to_sign"]["seal"]["info"]
        owner = x509.Certificate.load(found["cert"].native, strict=True)
        at: datetime = to_sign["time"].native
        names = owner.subject.native
        line = SealLine(
            str(names["organization_name"]), str(info["property"]["name"].native), to_ms(at), ()
        )
        parts = [found[name].native for name in ("cert", "signature", "time_stamp")]
        if _assembled(_ToSign.load(to_sign.dump()), *parts) != sealed:
            raise ValueError("another form of it")
        faults = [*_faults(found, owner, paper, root, at), *_lateness(found, at, stamp_root)]
        codes = tuple(dict.fromkeys(faults))
    except _MALFORMED:
        return SealLine("", "", 0, ("signing.seal_malformed",))
    return SealLine(line.firm, line.name, line.sealed_at_ms, codes)


def _faults(
    found: Any, owner: x509.Certificate, paper: bytes, root: bytes, at: datetime
) -> list[str]:
    to_sign, seal = found["to_sign"], found["to_sign"]["seal"]
    faults: list[str] = []
    if to_sign["digest"].native != sm3(paper):
        faults.append("signing.seal_other_paper")
    listed = [one.native for one in seal["info"]["property"]["cert_list"]]
    maker = x509.Certificate.load(root)
    if (
        owner.dump() not in listed
        or seal["cert"].native != root
        or not is_signed_by(maker, seal["info"].dump(), seal["signature"].native)
        or not is_signed_by(owner, to_sign.dump(), found["signature"].native)
        or {found["algorithm"].native, seal["algorithm"].native} != {SM2_SM3}
    ):
        faults.append("signing.seal_forged")
    if wrong := check_certificate(owner.dump(), root, at):
        faults.append(wrong)
    return faults


def _lateness(found: Any, at: datetime, stamp_root: bytes) -> list[str]:
    """A seal is as old as its time-stamp says, not as it says itself."""
    token = found["time_stamp"].native
    stamped = stamped_at(token, found["signature"].native, stamp_root) if token else None
    if stamped is None or abs(stamped - at) > TOLERANCE:
        return ["signing.seal_stamp_bad"]
    return []
