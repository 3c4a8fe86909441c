# SPDX-License-Identifier: Apache-2.0
"""Who issues certificates: name, signing key and the file by which anybody can trust both.

In the data folder: ``house.json`` (name and address), ``keys/`` (closed to other users of the computer) and
``trust.json``, which is made to be handed out: public keys and the numbers of revoked certificates.
"""

import fcntl
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from urllib.parse import urlsplit

from sichen.adapters.named_files import read_named, shown, write_named
from sichen.adapters.whole_files import unfinished
from sichen.conformity.certificate import Party, Signer, Trust, new_key, public_key, trust_from_json
from sichen.core import ConfigError, Duration, Instant, Message, SourceError

KEYS, KEY, SIGNERS = "keys", "signing.pem", "signers.json"
HOUSE, TRUST, LOCK = "house.json", "trust.json", "certificates.lock"
YEARS = 10
YEAR = Duration.of_seconds(365.25 * 86_400)
OTHERS = 0o077
"""The permissions of other users: none of them on a key."""


NOBODY = Party("", "")


@dataclass(frozen=True)
class House:
    """Who issues certificates.

    Parameters
    ----------
    laboratory : Party
    verify_at : str
        Address of the workbench that verifies a scanned code, such as ``https://lab.example``; empty when there is none.
    """

    laboratory: Party = NOBODY
    verify_at: str = ""

    @property
    def named(self) -> bool:
        """Whether anybody could know who it is."""
        return bool(self.laboratory.name_en or self.laboratory.name_zh)


def house(place: Path) -> House:
    """Return who issues certificates in a data folder; a house without a name where nobody said.

    Raises
    ------
    ConfigError
        If the file in the data folder is damaged.
    """
    path = place / HOUSE
    if not path.exists():
        return House()
    try:
        data = json.loads(read_named(path))
        return House(Party(**data["laboratory"]), str(data["verify_at"]))
    except (ValueError, KeyError, TypeError) as error:
        raise ConfigError(Message("adapters.house.damaged", path=shown(path), problem=str(error))) from error


def set_house(place: Path, given: House) -> None:
    """Say who issues certificates from now on; what was issued before stays as it is.

    Raises
    ------
    ConfigError
        If nobody could know who it is, or the address is none.
    """
    if not given.named:
        raise ConfigError(Message("adapters.house.unnamed"))
    if given.verify_at and urlsplit(given.verify_at).scheme not in {"http", "https"}:
        raise ConfigError(Message("adapters.house.address", found=given.verify_at))
    write_named(place / HOUSE, json.dumps(asdict(given), ensure_ascii=False, indent=1))


def check_named(place: Path) -> None:
    """Refuse to go on where nobody could know who issues.

    Raises
    ------
    ConfigError
        If the house has no name.
    """
    if not house(place).named:
        raise ConfigError(Message("adapters.house.unnamed"))


@contextmanager
def locked(place: Path) -> Iterator[None]:
    """Let one process at a time number and move certificates."""
    with (place / LOCK).open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def signing_key(place: Path, *, at: Instant) -> bytes:
    """Return the private key of the house as PEM; it is made at its first use, for ten years from then.

    A house that takes another name gets another key: what was signed under the old name stays signed by it.

    Raises
    ------
    ConfigError
        If the house has no name, or others may read the key.
    """
    path = place / KEYS / KEY
    signers = _signers(place)
    if not path.exists() or not signers or signers[-1].name != house(place).laboratory.name("en"):
        _make_key(place, at)
    if path.stat().st_mode & OTHERS:
        raise ConfigError(Message("adapters.house.open_key", path=shown(path)))
    return read_named(path)


def _make_key(place: Path, at: Instant) -> None:
    check_named(place)
    own = house(place)
    folder = place / KEYS
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
        private = new_key()
        start = Instant(at.ns - at.ns % 10**9)
        signer = Signer(own.laboratory.name("en"), public_key(private), start, start + YEAR * YEARS)
        write_named(folder / SIGNERS, json.dumps(Trust((*_signers(place), signer)).to_json(), ensure_ascii=False, indent=1))
        with unfinished(folder) as part:
            os.fchmod(part.file.fileno(), 0o600)
            part.file.write(private)
            part.finish(folder / KEY)
    except OSError as error:
        problem = error.strerror or str(error)
        raise SourceError(Message("adapters.file.not_written", path=shown(folder), problem=problem)) from error


def _signers(place: Path) -> tuple[Signer, ...]:
    path = place / KEYS / SIGNERS
    return trust_from_json(json.loads(read_named(path))).signers if path.exists() else ()


def publish_trust(place: Path, revoked: Mapping[str, str]) -> Trust:
    """Write the file that others need to verify our certificates, and return what it says."""
    made = Trust(_signers(place), revoked)
    write_named(place / TRUST, json.dumps(made.to_json(), ensure_ascii=False, indent=1))
    return made


def own_trust(place: Path) -> Trust:
    """Return whom a data folder vouches for: its own keys and revocations; nobody where nothing was issued."""
    return read_trust(place / TRUST) if (place / TRUST).exists() else Trust()


def read_trust(path: Path) -> Trust:
    """Read a file of trust.

    Raises
    ------
    ConfigError
        If it is none.
    """
    try:
        return trust_from_json(json.loads(read_named(path)))
    except ValueError as error:
        raise ConfigError(Message("adapters.house.no_trust", path=shown(path), problem=str(error))) from error
