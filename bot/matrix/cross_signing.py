"""Cross-signing: the keys by which an account says which devices are its own, and whether others' are theirs.

A chain of three: the master key signs the self-signing key, and that signs devices. Clients shut out devices
that are not signed. (https://spec.matrix.org/latest/client-server-api/#cross-signing)
"""

from __future__ import annotations

import base64
import json
import secrets
from dataclasses import dataclass
from typing import Any

import vodozemac
from Crypto.Cipher import AES
from Crypto.Hash import SHA256
from Crypto.Protocol.KDF import HKDF
from Crypto.PublicKey import ECC
from Crypto.Signature import eddsa
from nio import Api

Json = dict[str, Any]

USAGES = ("master", "self_signing", "user_signing")


class SealBroken(Exception):
    """The private keys were sealed with another key than the one at hand."""


@dataclass(frozen=True, repr=False)
class SigningKeys:
    """The private halves: a seed of 32 bytes for each usage."""

    seeds: dict[str, bytes]

    @classmethod
    def create(cls) -> SigningKeys:
        """New ones."""
        return cls({usage: secrets.token_bytes(32) for usage in USAGES})

    def public(self, usage: str) -> str:
        """The public half, in unpadded base64."""
        key = ECC.construct(curve="Ed25519", seed=self.seeds[usage])
        return padless(key.public_key().export_key(format="raw"))

    def sign(self, usage: str, value: Json) -> str:
        """A signature under a JSON object, whose `signatures` and `unsigned` do not count."""
        key = ECC.construct(curve="Ed25519", seed=self.seeds[usage])
        return padless(eddsa.new(key, "rfc8032").sign(canonical(value)))

    def key_object(self, user_id: str, usage: str) -> Json:
        """A public key as it is published; the two lower ones are signed by the master key."""
        public = self.public(usage)
        value: Json = {"user_id": user_id, "usage": [usage], "keys": {f"ed25519:{public}": public}}
        if usage != "master":
            signature = self.sign("master", value)
            value["signatures"] = {user_id: {f"ed25519:{self.public('master')}": signature}}
        return value

    def sealed(self, passphrase: str) -> bytes:
        """The private keys, encrypted and authenticated (AES-256-GCM under a key derived by HKDF)."""
        salt = secrets.token_bytes(16)
        cipher = AES.new(_derived(passphrase, salt), AES.MODE_GCM)
        seeds = json.dumps({usage: padless(seed) for usage, seed in self.seeds.items()})
        ciphertext, tag = cipher.encrypt_and_digest(seeds.encode())
        return salt + bytes(cipher.nonce) + tag + ciphertext

    @classmethod
    def unsealed(cls, value: bytes, passphrase: str) -> SigningKeys:
        """The other way round; raises `SealBroken`."""
        salt, nonce, tag, ciphertext = value[:16], value[16:32], value[32:48], value[48:]
        try:
            cipher = AES.new(_derived(passphrase, salt), AES.MODE_GCM, nonce=nonce)
            seeds = json.loads(cipher.decrypt_and_verify(ciphertext, tag))
        except (ValueError, IndexError) as error:
            raise SealBroken from error
        return cls({usage: unpadded(seed) for usage, seed in seeds.items()})


def _derived(passphrase: str, salt: bytes) -> bytes:
    derived: bytes = HKDF(passphrase.encode(), 32, salt, SHA256, context=b"proxenos cross-signing")
    return derived


def published(answer: Json, user_id: str, usage: str) -> Json | None:
    """The key object of a user in an answer of `/keys/query`."""
    section = answer.get(f"{usage}_keys")
    found = section.get(user_id) if isinstance(section, dict) else None
    return found if isinstance(found, dict) else None


def public_key(key_object: Json | None) -> str | None:
    """The one public key that a key object is about."""
    keys = key_object.get("keys") if key_object else None
    values = list(keys.values()) if isinstance(keys, dict) else []
    return values[0] if len(values) == 1 and isinstance(values[0], str) else None


def signed_devices(answer: Json, user_id: str) -> set[str]:
    """The devices of a user, in an answer of `/keys/query`, that the whole chain vouches for."""
    master = public_key(published(answer, user_id, "master"))
    self_signing = published(answer, user_id, "self_signing")
    lower = public_key(self_signing)
    if not (master and self_signing and lower and is_signed(self_signing, user_id, master, master)):
        return set()
    listed = answer.get("device_keys")
    devices = listed.get(user_id) if isinstance(listed, dict) else None
    return {
        device_id
        for device_id, keys in (devices if isinstance(devices, dict) else {}).items()
        if isinstance(keys, dict)
        and keys.get("device_id") == device_id
        and is_signed(keys, user_id, lower, lower)
    }


def is_signed(value: Json, user_id: str, key_id: str, public: str) -> bool:
    """Whether a JSON object bears a true signature of `user_id` by the key `ed25519:key_id`."""
    signatures = value.get("signatures")
    theirs = signatures.get(user_id) if isinstance(signatures, dict) else None
    signature = theirs.get(f"ed25519:{key_id}") if isinstance(theirs, dict) else None
    if not isinstance(signature, str):
        return False
    try:
        vodozemac.Ed25519PublicKey.from_base64(public).verify_signature(
            canonical(value), vodozemac.Ed25519Signature.from_base64(signature)
        )
    except (ValueError, TypeError):
        return False
    return True


def canonical(value: Json) -> bytes:
    """The bytes that a signature is about."""
    bare = {key: item for key, item in value.items() if key not in ("signatures", "unsigned")}
    encoded: str = Api.to_canonical_json(bare)
    return encoded.encode()


def padless(data: bytes) -> str:
    """Base64 as Matrix writes it."""
    return base64.b64encode(data).decode().rstrip("=")


def unpadded(text: str) -> bytes:
    """The bytes of base64 as Matrix writes it."""
    return base64.b64decode(text + "=" * (-len(text) % 4))
