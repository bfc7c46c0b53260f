"""The secret that seals results pages and signs form tokens."""

import os
import secrets
from pathlib import Path

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from errors import BadInput, StorageUnavailable
from settings import Settings

SECRET_FILE = "secret.key"  # noqa: S105 - the name of a file, not a secret
SECRET_BYTES = 32
HOOK_SECRETS = "secrets of webhooks"
LEAST_CHARACTERS = 16
"""Of a secret that an owner gives: what is shorter can be tried out, and opens every seal."""


def read_secret(settings: Settings) -> bytes:
    """Return the secret of this site: the setting, or one made once and kept in the data folder.

    All processes get the same one, whoever comes first.

    Raises:
        BadInput: the setting is so short that it can be guessed.
        StorageUnavailable: the data folder cannot be read or written.
    """
    if given := settings.secret_key.get_secret_value():
        if len(given) < LEAST_CHARACTERS:
            raise BadInput(
                f"expected RETRACE_SECRET_KEY of at least {LEAST_CHARACTERS} characters; received {len(given)}",
                remedy="Make one with `openssl rand -base64 32`, or leave it empty: one is made and kept.",
            )
        return given.encode()
    path = settings.data_dir / SECRET_FILE
    try:
        settings.data_dir.mkdir(parents=True, exist_ok=True)
        if not path.exists():
            _make(path)
        secret = path.read_bytes()
    except OSError as exc:
        raise StorageUnavailable(f"expected a secret in {path}: {exc.strerror}") from exc
    if len(secret) < SECRET_BYTES:  # a guess would open every seal
        raise StorageUnavailable(
            f"expected a secret of {SECRET_BYTES} bytes in {path}; received {len(secret)}",
            remedy="Remove the file: the next start makes another. Results pages that are open now will expire.",
        )
    return secret


def derive_key(secret: bytes, purpose: str) -> bytes:
    """Return 32 bytes for one purpose, unrelated to those of any other (HKDF, RFC 5869)."""
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=f"retrace {purpose}".encode()).derive(secret)


def _make(path: Path) -> None:
    """Write a new secret for its owner's eyes only; where another process was faster, its secret stands."""
    own = path.with_name(f".{path.name}.{os.getpid()}-{secrets.token_hex(4)}")
    descriptor = os.open(own, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(secrets.token_bytes(SECRET_BYTES))
            file.flush()
            os.fsync(file.fileno())
        try:
            # A link appears whole or not at all, and never replaces: no reader sees half a secret, or two secrets.
            os.link(own, path)
        except FileExistsError:
            return
    finally:
        own.unlink()
