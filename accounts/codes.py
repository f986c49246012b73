"""Activation codes: twelve letters that a leader reads out and a member types, kept only as a keyed hash."""

import secrets

from api.keyed import keyed_hash

# Crockford's base 32: no I, L, O or U, and what is misread for a digit is read as one.
_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_MISREAD = str.maketrans("OIL", "011", " -")
LENGTH = 12


def new_code() -> str:
    """60 random bits as `7K3M-9QX2-C4TB`; guesses are few a minute and the code lives for a week."""
    letters = "".join(secrets.choice(_ALPHABET) for _ in range(LENGTH))
    return f"{letters[:4]}-{letters[4:8]}-{letters[8:]}"


def code_hash(text: str) -> bytes:
    """What is stored and looked up, the same for `7k3m 9qx2 c4tb` as for the code in its tidy form."""
    return keyed_hash("activation-code", text.upper().translate(_MISREAD).encode())
