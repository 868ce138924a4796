"""SM4-GCM (GB/T 32907) for secrets at rest: 12 bytes nonce, ciphertext, 16 bytes tag."""

from __future__ import annotations

import secrets

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from yunquan.kernel.errors import Unavailable

_NONCE_BYTES = 12
_TAG_BYTES = 16


class Sm4Vault:
    """Implements Vault with one 16-byte key. A new nonce each time: the same secret never looks the
    same twice."""

    def __init__(self, key: bytes) -> None:
        self._algorithm = algorithms.SM4(key)

    def seal(self, secret: str, context: str) -> bytes:
        nonce = secrets.token_bytes(_NONCE_BYTES)
        sealer = Cipher(self._algorithm, modes.GCM(nonce)).encryptor()
        sealer.authenticate_additional_data(context.encode())
        return nonce + sealer.update(secret.encode()) + sealer.finalize() + sealer.tag

    def open(self, sealed: bytes, context: str) -> str:
        """The secret. Raises Unavailable vault.unreadable when key, context or bytes are not those
        of sealing."""
        nonce, body, tag = (
            sealed[:_NONCE_BYTES],
            sealed[_NONCE_BYTES:-_TAG_BYTES],
            sealed[-_TAG_BYTES:],
        )
        try:
            opener = Cipher(self._algorithm, modes.GCM(nonce, tag)).decryptor()
            opener.authenticate_additional_data(context.encode())
            return (opener.update(body) + opener.finalize()).decode()
        except (InvalidTag, ValueError):
            raise Unavailable("vault.unreadable", context=context) from None
