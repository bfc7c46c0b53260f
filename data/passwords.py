"""What is kept of a password: a hash by scrypt (RFC 7914), in the notation of Werkzeug, which Flask brings along.

Its hash carries method, parameters and salt, so that the parameters can grow without a migration. Argon2id would do as
well and be one more compiled dependency.
"""

import unicodedata

from werkzeug.security import check_password_hash, generate_password_hash

from errors import BadInput

LEAST_CHARACTERS = 12
"""Length is what makes a password hard to guess; nothing else is asked of it (NIST SP 800-63B)."""
MOST_CHARACTERS = 1024
_METHOD = "scrypt:32768:8:3"
"""N, r and p: 32 MiB of memory, three times over, as OWASP recommends."""
_DECOY = f"{_METHOD}${'0' * 16}${'0' * 128}"
"""A hash that no password has, and that costs as much to find that out of."""


def hash_password(password: str) -> str:
    """Return what is kept of a password.

    Raises:
        BadInput: it is shorter or longer than passwords are.
    """
    wanted = _normal(password)
    if not LEAST_CHARACTERS <= len(wanted) <= MOST_CHARACTERS:
        raise BadInput(
            f"expected a password of {LEAST_CHARACTERS} to {MOST_CHARACTERS:,} characters; received {len(wanted)}",
            remedy="Take a few words that belong to nobody else; any character may be in them.",
        )
    return generate_password_hash(wanted, method=_METHOD)


def is_password(password: str, kept: str | None) -> bool:
    """Return whether a hash is that of a password.

    It takes as long where there is none: from the time of an answer nobody learns which names exist.

    Args:
        password: as it was typed.
        kept: what `hash_password` returned; None where there is no such user.
    """
    # Cut, not refused: what is too long is hashed like anything else, and is nobody's password.
    typed = _normal(password[: MOST_CHARACTERS + 1])
    return check_password_hash(kept or _DECOY, typed)


def _normal(password: str) -> str:
    """Return the password as any keyboard would give it: an accent may be a character of its own or not."""
    return unicodedata.normalize("NFKC", password)
