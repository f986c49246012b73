"""Sealing a print so that only who asked for it can read it: a box for one reader (X25519, HKDF, ChaCha20-Poly1305).

The reader's key is told once and not kept; what makes the seal is thrown away. A table, a dump or a backup tells
nothing of the codes.
"""

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from api.keyed import from_base64url, to_base64url

_KEY_BYTES = 32


def new_keys() -> tuple[str, bytes]:
    """The reader's key, to be told once, and the public one, to be kept."""
    private = X25519PrivateKey.generate()
    return to_base64url(private.private_bytes_raw()), private.public_key().public_bytes_raw()


def seal(text: bytes, public_key: bytes) -> bytes:
    """The text for whoever holds the key to this public one."""
    once = X25519PrivateKey.generate()
    made = once.public_key().public_bytes_raw()
    shared = once.exchange(X25519PublicKey.from_public_bytes(public_key))
    # The key serves once, so the nonce may always be the same.
    return made + ChaCha20Poly1305(_key(shared, made + public_key)).encrypt(bytes(12), text, None)


def unseal(box: bytes, key: str) -> bytes:
    """The text; ValueError for a key that isn't the reader's."""
    private = X25519PrivateKey.from_private_bytes(from_base64url(key))
    made, sealed = box[:_KEY_BYTES], box[_KEY_BYTES:]
    shared = private.exchange(X25519PublicKey.from_public_bytes(made))
    secret = _key(shared, made + private.public_key().public_bytes_raw())
    try:
        return ChaCha20Poly1305(secret).decrypt(bytes(12), sealed, None)
    except InvalidTag:
        raise ValueError("not the key of this box") from None


def _key(shared: bytes, info: bytes) -> bytes:
    return HKDF(algorithm=SHA256(), length=_KEY_BYTES, salt=None, info=b"anthon sheets" + info).derive(shared)
