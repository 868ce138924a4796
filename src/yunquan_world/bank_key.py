"""The key to which firms seal their clients' passwords, so that only the bank can read them.

X25519 with a fresh key of the sender each time, HKDF-SHA256 to a key of SM4, SM4-GCM bound to the
serial: 32 bytes of the sender's public key, 12 of nonce, ciphertext, 16 of tag.
"""

from __future__ import annotations

from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

CONTEXT = b"yunquan bank password"
_PUBLIC, _NONCE, _TAG = 32, 12, 16


class PasswordKey:
    """A bank's private key, kept in a file of its own."""

    def __init__(self, path: Path):
        if path.exists():
            self._key = X25519PrivateKey.from_private_bytes(path.read_bytes())
        else:
            self._key = X25519PrivateKey.generate()
            path.touch(mode=0o600)
            path.write_bytes(self._key.private_bytes_raw())
        self.public = self._key.public_key().public_bytes_raw()

    def open(self, sealed: bytes, serial: str) -> str:
        """The password; "" of nothing, and of what isn't sealed to this key for this serial."""
        nonce = sealed[_PUBLIC : _PUBLIC + _NONCE]
        body, tag = sealed[_PUBLIC + _NONCE : -_TAG], sealed[-_TAG:]
        try:
            sender = X25519PublicKey.from_public_bytes(sealed[:_PUBLIC])
            shared = self._key.exchange(sender)
            derived = HKDF(hashes.SHA256(), 16, sealed[:_PUBLIC], CONTEXT).derive(shared)
            cipher = Cipher(algorithms.SM4(derived), modes.GCM(nonce, tag)).decryptor()
            cipher.authenticate_additional_data(serial.encode())
            return (cipher.update(body) + cipher.finalize()).decode()
        except (InvalidTag, ValueError):
            return ""
