"""Files in encrypted rooms: the homeserver keeps bytes of which it does not know what they are."""

from __future__ import annotations

from typing import Any

from nio.crypto import encrypt_attachment

Json = dict[str, Any]


def encrypt_file(data: bytes) -> tuple[bytes, Json]:
    """The encrypted bytes, and the `EncryptedFile` of the specification without its `url`."""
    ciphertext, key = encrypt_attachment(data)
    return bytes(ciphertext), key
