"""Secrets that must be readable again, as one that signs must be, kept so that a copy of the database tells none.

They are sealed with the site's own secret (RETRACE_SECRET_KEY, or `secret.key` in the data folder, which only its owner
may read). Whoever can read both has them.
"""

import base64

from cryptography.fernet import Fernet, InvalidToken

from errors import SecretUnreadable


def seal(secret: bytes, key: bytes) -> bytes:
    """Return a secret as it may be kept.

    Args:
        secret: any bytes.
        key: 32 bytes.
    """
    return Fernet(base64.urlsafe_b64encode(key)).encrypt(secret)


def unseal(sealed: bytes, key: bytes) -> bytes:
    """Return a secret that `seal` has sealed.

    Raises:
        SecretUnreadable: it was sealed with another key, or is damaged.
    """
    try:
        return Fernet(base64.urlsafe_b64encode(key)).decrypt(sealed)
    except InvalidToken as exc:
        raise SecretUnreadable("the secret of this hook was sealed with another secret of the site") from exc
