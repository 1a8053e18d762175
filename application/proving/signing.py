"""Tree heads, signed and checked (Ed25519)."""

from __future__ import annotations

from base64 import b64encode
from dataclasses import dataclass, field
from hashlib import sha256

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from application.settings import SIGNING_KEY_FILE, Settings, signing_key
from domain.proof.heads import SignedTreeHead, TreeHead, bytes_of, signed_bytes, text_of


@dataclass(frozen=True)
class Signer:
    """Who signs a deployment's heads. `public_key` is raw (32 bytes)."""

    _key: Ed25519PrivateKey = field(repr=False)

    @classmethod
    def of(cls, settings: Settings) -> Signer:
        """The one with the key of these settings."""
        return cls(Ed25519PrivateKey.from_private_bytes(signing_key(settings)))

    @property
    def public_key(self) -> bytes:
        """What others check signatures with."""
        return self._key.public_key().public_bytes_raw()

    @property
    def origin(self) -> str:
        """What a deployment is called in its heads."""
        return origin_of(self.public_key)

    def sign(self, head: TreeHead) -> SignedTreeHead:
        """A head, signed."""
        return SignedTreeHead(head, text_of(self._key.sign(signed_bytes(head))))


def own_key(settings: Settings) -> bytes | None:
    """The public key of a deployment, if it has one yet: none is made."""
    there = settings.signing_key is not None or (settings.folder / SIGNING_KEY_FILE).exists()
    return Signer.of(settings).public_key if there else None


def origin_of(public_key: bytes) -> str:
    """What the deployment with that public key is called: the SHA-256 of the key (hex)."""
    return sha256(public_key).hexdigest()


def key_text(public_key: bytes) -> str:
    """A public key as it is handed to auditors (base64)."""
    return b64encode(public_key).decode()


def verify(signed: SignedTreeHead, public_key: bytes) -> bool:
    """Whether a head was signed with the private part of that key, and names it as its origin."""
    try:
        Ed25519PublicKey.from_public_bytes(public_key).verify(bytes_of(signed.signature), signed_bytes(signed.head))
    except (InvalidSignature, ValueError):
        return False
    return signed.head.origin == origin_of(public_key)
