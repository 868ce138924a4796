"""Passwords sealed to a bank's public key: only the bank can read them, and only for one serial.

X25519 with a fresh key each time, HKDF-SHA256, SM4-GCM; the layout is in docs/venue-protocol.md.
"""

from __future__ import annotations

import secrets
from typing import Final

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

CONTEXT: Final = b"yunquan bank password"
_KEY_BYTES: Final = 16
_NONCE_BYTES: Final = 12


def seal(password: str, bank_key: bytes, serial: str) -> bytes:
    """Our public key, nonce, ciphertext, tag. bank_key: 32 bytes, as the bank told it."""
    ours = X25519PrivateKey.generate()
    public = ours.public_key().public_bytes_raw()
    shared = ours.exchange(X25519PublicKey.from_public_bytes(bank_key))
    key = HKDF(hashes.SHA256(), _KEY_BYTES, public, CONTEXT).derive(shared)
    nonce = secrets.token_bytes(_NONCE_BYTES)
    cipher = Cipher(algorithms.SM4(key), modes.GCM(nonce)).encryptor()
    cipher.authenticate_additional_data(serial.encode())
    return public + nonce + cipher.update(password.encode()) + cipher.finalize() + cipher.tag
