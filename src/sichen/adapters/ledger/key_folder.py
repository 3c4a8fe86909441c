# SPDX-License-Identifier: Apache-2.0
"""Private keys of a log as files that only their owner may read."""

import os
from collections.abc import Iterable, Sequence
from pathlib import Path

from sichen.adapters.named_files import shown
from sichen.adapters.sums import forget
from sichen.adapters.whole_files import unfinished
from sichen.core import ConfigError, Message, SourceError
from sichen.trace.ledger import Algorithm, Signer, VerifierKey

LOG = (Algorithm.ED25519, Algorithm.ML_DSA_44)
"""The algorithms of a hybrid log; every checkpoint is signed by both."""


class KeyFolder:
    """A folder of private keys, one PEM file each, named by key ID.

    Parameters
    ----------
    path : Path
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    def make(self, name: str, algorithms: Iterable[Algorithm] = LOG) -> tuple[Signer, ...]:
        """Make keys and keep them; they are on the disk when this returns."""
        made = tuple(Signer.generate(name, algorithm) for algorithm in algorithms)
        self.path.mkdir(parents=True, exist_ok=True, mode=0o700)
        for signer in made:
            with unfinished(self.path) as part:
                os.fchmod(part.file.fileno(), 0o600)
                part.file.write(signer.pem)
                part.finish(self._file(signer.verifier))
        return made

    def find(self, keys: Sequence[VerifierKey]) -> tuple[Signer, ...]:
        """Return the private keys that belong to public ones.

        Raises
        ------
        ConfigError
            If one is not in the folder, or is another key.
        """
        found = []
        for key in keys:
            try:
                pem = self._file(key).read_bytes()
            except FileNotFoundError as error:
                raise ConfigError(
                    Message("adapters.ledger.key_missing", name=key.name, key_id=key.key_id.hex(), path=shown(self.path))
                ) from error
            except OSError as error:
                problem = error.strerror or str(error)
                raise SourceError(Message("adapters.file.unreadable", path=shown(self._file(key)), problem=problem)) from error
            signer = Signer.from_pem(key.name, pem, witness=key.algorithm is Algorithm.ED25519_COSIGNATURE)
            if signer.verifier != key:
                raise ConfigError(
                    Message("adapters.ledger.key_missing", name=key.name, key_id=key.key_id.hex(), path=shown(self.path))
                )
            found.append(signer)
        return tuple(found)

    def has(self, keys: Iterable[VerifierKey]) -> bool:
        """Tell whether all these private keys are in the folder."""
        return all(self._file(key).is_file() for key in keys)

    def destroy(self, keys: Iterable[VerifierKey]) -> None:
        """Overwrite and remove private keys; one that is not there is gone already."""
        for key in keys:
            path = self._file(key)
            if path.is_file():
                forget(path)
                with path.open("r+b") as file:
                    file.write(bytes(path.stat().st_size))
                    file.flush()
                    os.fsync(file.fileno())
                path.unlink()

    def _file(self, key: VerifierKey) -> Path:
        return self.path / f"{key.key_id.hex()}.{key.algorithm.name.lower().replace('_', '-')}.pem"
