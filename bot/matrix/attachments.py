"""Files in encrypted rooms: the homeserver keeps bytes of which it does not know what they are."""

from __future__ import annotations

from typing import Any

from nio.crypto import decrypt_attachment, encrypt_attachment
from nio.exceptions import EncryptionError

Json = dict[str, Any]


class Undecryptable(Exception):
    """An encrypted file that its key does not open, or that is not the one that was sent."""


def encrypt_file(data: bytes) -> tuple[bytes, Json]:
    """The encrypted bytes, and the `EncryptedFile` of the specification without its `url`."""
    ciphertext, key = encrypt_attachment(data)
    return bytes(ciphertext), key


def decrypt_file(ciphertext: bytes, file: Json) -> bytes:
    """What an `EncryptedFile` of the specification holds; raises `Undecryptable`."""
    try:
        return bytes(decrypt_attachment(ciphertext, file["key"]["k"], file["hashes"]["sha256"], file["iv"]))
    except (AttributeError, EncryptionError, LookupError, TypeError, ValueError) as error:
        raise Undecryptable(type(error).__name__) from error
