# SPDX-License-Identifier: Apache-2.0
"""The secret of an owner in a file that only its owner may read."""

import os
import secrets
import stat
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from sichen.adapters.named_files import read_named, shown
from sichen.core import ConfigError, Message, SourceError
from sichen.trace.passport import owner_key
from sichen.trace.passport.ownership import SECRET_BYTES

_OTHERS = stat.S_IRWXG | stat.S_IRWXO


def owner_key_of(path: Path, watch: str, *, make: bool = False) -> Ed25519PrivateKey:
    """Return an owner's key for one watch.

    Parameters
    ----------
    path : Path
        File with the secret, 64 hexadecimal digits.
    watch : str
        Digital Link.
    make : bool
        Whether a new secret is made where there is no file yet.

    Raises
    ------
    ConfigError
        If others may read the file, or it holds no secret.
    SourceError
        If it cannot be read or made.
    """
    if make and not path.exists():
        try:
            with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
                file.write(secrets.token_hex(SECRET_BYTES) + "\n")
        except OSError as error:
            raise SourceError(Message("adapters.file.unreadable", path=shown(path), problem=str(error))) from error
    text = read_named(path)
    if path.stat().st_mode & _OTHERS:
        raise ConfigError(Message("adapters.tag_desk.open_to_others", path=shown(path)))
    try:
        secret = bytes.fromhex(text.decode("ascii").strip())
    except ValueError:
        secret = b""
    return owner_key(secret, watch)
