from enum import Enum

from tongsuopy.crypto.asymciphers.ec import EllipticCurvePrivateKey, EllipticCurvePublicKey

class Encoding(Enum):
    PEM = "PEM"
    DER = "DER"

class PrivateFormat(Enum):
    PKCS8 = "PKCS8"

class PublicFormat(Enum):
    SubjectPublicKeyInfo = "X.509 subjectPublicKeyInfo with PKCS#1"

class NoEncryption: ...

def load_pem_private_key(data: bytes, password: bytes | None) -> EllipticCurvePrivateKey: ...
def load_pem_public_key(data: bytes) -> EllipticCurvePublicKey: ...
