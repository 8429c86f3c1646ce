"""Whose devices are signed by their owner: the published keys, looked at without the code that made them.

Sources: https://spec.matrix.org/latest/client-server-api/#cross-signing and
https://spec.matrix.org/latest/appendices/#signing-json
"""

from __future__ import annotations

import base64
import binascii
import json
from typing import Any

from Crypto.Signature import eddsa

Json = dict[str, Any]


def master_key(published: Json, user_id: str) -> str | None:
    """The public master key of a user in an answer of `/keys/query`, in base64; None when there is none."""
    return _only_key(published.get("master_keys", {}).get(user_id), user_id, "master")


def signed_devices(published: Json, user_id: str) -> dict[str, str]:
    """The devices of a user that their owner has signed: ids with the curve25519 keys of the devices.

    `published` is the answer of `/keys/query`. The chain is master key, self-signing key, device; besides, a
    device has to have signed itself.
    """
    master = master_key(published, user_id)
    signing = published.get("self_signing_keys", {}).get(user_id)
    own = _only_key(signing, user_id, "self_signing")
    if master is None or own is None or not _signed(signing, user_id, master, master):
        return {}
    found = {}
    for device_id, device in published.get("device_keys", {}).get(user_id, {}).items():
        named = (device.get("user_id"), device.get("device_id")) == (user_id, device_id)
        keys = device.get("keys", {})
        itself = _signed(device, user_id, device_id, keys.get(f"ed25519:{device_id}", ""))
        if named and itself and _signed(device, user_id, own, own):
            found[device_id] = keys[f"curve25519:{device_id}"]
    return found


def _only_key(published: Json | None, user_id: str, usage: str) -> str | None:
    if not published or published.get("user_id") != user_id or usage not in published.get("usage", []):
        return None
    keys = [(key_id, key) for key_id, key in published.get("keys", {}).items() if key_id == f"ed25519:{key}"]
    return keys[0][1] if len(keys) == 1 else None


def _signed(signed: Json, user_id: str, key_id: str, public_key: str) -> bool:
    """Whether the object carries a good signature of this key of this user."""
    signature = signed.get("signatures", {}).get(user_id, {}).get(f"ed25519:{key_id}", "")
    bare = {name: value for name, value in signed.items() if name not in ("signatures", "unsigned")}
    canonical = json.dumps(bare, ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode()
    try:
        verifier = eddsa.new(eddsa.import_public_key(_decoded(public_key)), "rfc8032")
        verifier.verify(canonical, _decoded(signature))
    except (ValueError, binascii.Error):
        return False
    return True


def _decoded(text: str) -> bytes:
    return base64.b64decode(text + "=" * (-len(text) % 4))
