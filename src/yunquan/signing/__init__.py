"""Signing 电子签名: agreements shown, signed, sealed by the firm, verified by anybody.

What must hold: what is signed is byte for byte what was shown; all papers of a set are signed or
none, and once however often it is asked; a key lives as long as one signing; the certificate bears
a digest, never the number; whatever was changed since shows; a paper from outside is looked at
where it can harm nothing.
"""

from yunquan.signing.adapters.examination import Examination
from yunquan.signing.adapters.house_keys import HouseKeys, load_house_keys
from yunquan.signing.adapters.own_ca import OwnCa
from yunquan.signing.adapters.own_tsa import OwnTsa
from yunquan.signing.adapters.sheet_printer import SheetPrinter
from yunquan.signing.adapters.sm2_seal import SealFace, SealMaker
from yunquan.signing.ports import CertificateAuthority, TimeStampAuthority
from yunquan.signing.service.signing import Signing, SigningParts
from yunquan.signing.service.verifying import Verifier
from yunquan.signing.service.vouching import Vouching

__all__ = [
    "CertificateAuthority",
    "Examination",
    "HouseKeys",
    "OwnCa",
    "OwnTsa",
    "SealFace",
    "SealMaker",
    "SheetPrinter",
    "Signing",
    "SigningParts",
    "TimeStampAuthority",
    "Verifier",
    "Vouching",
    "load_house_keys",
]
