# SPDX-License-Identifier: Apache-2.0
"""Keys of tags: each tag its own, derived from a master key of an epoch.

Whoever opens one tag learns the keys of that tag only. An epoch is one master key; when it may have leaked it is
withdrawn, and tags personalised afterwards belong to the next.
"""

import hmac
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, get_args

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.cmac import CMAC

from sichen.core import JSON, ConfigError, DataError, Message

Scheme = Literal["plain", "an10922", "hmac"]

KEY_BYTES = 16
UID_BYTES = 7
_LONGEST_INPUT = 31
_CONSTANT = b"\x01"  # AN10922: the constant of 128-bit AES keys
_FILE_SLOT = 2


def diversified_an10922(master: bytes, data: bytes) -> bytes:
    """Derive a key as NXP AN10922 does for 128-bit AES.

    Parameters
    ----------
    master : bytes, 16 long
    data : bytes, 1 to 31 long
        The UID, and what tells this use of the tag from others.

    Returns
    -------
    bytes, 16 long

    Raises
    ------
    DataError
        If a length is wrong.

    Notes
    -----
    A CBC-MAC over ``01 ‖ data`` padded to two blocks, also where one block would do: this is where it differs from CMAC.

    Examples
    --------
    The example of section 2.2.1 of the note:

    >>> data = bytes.fromhex("04782E21801D80" "3042F5" "4E585020416275")
    >>> diversified_an10922(bytes.fromhex("00112233445566778899AABBCCDDEEFF"), data).hex()
    'a8dd63a3b89d54b37ca802473fda9175'
    """
    if len(master) != KEY_BYTES or not 0 < len(data) <= _LONGEST_INPUT:
        raise DataError(Message("trace.tag.diversification_input", most=_LONGEST_INPUT))
    # One block at a time is all that a CBC-MAC by hand needs.
    encryptor = Cipher(algorithms.AES(master), modes.ECB()).encryptor()  # noqa: S305
    subkey = _doubled(encryptor.update(bytes(KEY_BYTES)))
    text = _CONSTANT + data
    if len(text) < 2 * KEY_BYTES:
        text += b"\x80" + bytes(2 * KEY_BYTES - len(text) - 1)
        subkey = _doubled(subkey)
    first = encryptor.update(text[:KEY_BYTES])
    return encryptor.update(_xor(_xor(first, text[KEY_BYTES:]), subkey))


def meta_key_hmac(master: bytes) -> bytes:
    """Derive the key of the encrypted UID and counter, one for all tags, as the open back end of that name does.

    Examples
    --------
    >>> meta_key_hmac(bytes(16)) == bytes(16)
    True
    """
    return bytes(KEY_BYTES) if not any(master) else _hmac(master, b"PICCDataKey")[:KEY_BYTES]


def file_key_hmac(master: bytes, uid: bytes, *, slot: int = _FILE_SLOT) -> bytes:
    """Derive a tag's own key by HMAC, as sdm-backend (nfc-developer, MIT) documents it.

    Parameters
    ----------
    master : bytes
        All zeros stand for a tag as delivered, whose keys are zero.
    uid : bytes, 7 long
    slot : int
        Number of the key on the tag.
    """
    if not any(master):
        return bytes(KEY_BYTES)
    mac = CMAC(algorithms.AES(_hmac(master, b"SlotMasterKey" + bytes([slot]))[:KEY_BYTES]))
    mac.update(_CONSTANT + _hmac(_hmac(master, b"DivBaseKey"), uid)[:KEY_BYTES])
    return mac.finalize()


@dataclass(frozen=True)
class KeyEpoch:
    """The keys of one epoch.

    Parameters
    ----------
    number : int
    scheme : {"plain", "an10922", "hmac"}
        All tags alike, or derived.
    meta, file : bytes, 16 long
        For "plain" the keys themselves; for "an10922" the master keys; for "hmac" `file` is the master key.
    system : bytes
        For "an10922": what follows the UID in the derivation.
    withdrawn : bool
        Whether tags of this epoch are no longer believed.
    """

    number: int
    scheme: Scheme
    meta: bytes = field(repr=False)
    file: bytes = field(repr=False)
    system: bytes = b""
    withdrawn: bool = False

    def meta_key(self) -> bytes:
        """Return the key of the encrypted UID and counter."""
        return meta_key_hmac(self.file) if self.scheme == "hmac" else self.meta

    def file_key(self, uid: bytes) -> bytes:
        """Return the file key of one tag."""
        if self.scheme == "an10922":
            return diversified_an10922(self.file, uid + self.system)
        return file_key_hmac(self.file, uid) if self.scheme == "hmac" else self.file


@dataclass(frozen=True)
class KeyRing:
    """All epochs, newest first when tried.

    Parameters
    ----------
    epochs : sequence of KeyEpoch
        With different numbers.
    """

    epochs: Sequence[KeyEpoch]

    def __iter__(self) -> Iterator[KeyEpoch]:
        return iter(sorted(self.epochs, key=lambda epoch: -epoch.number))


def read_key_ring(data: Mapping[str, JSON]) -> KeyRing:
    """Read a key file.

    Parameters
    ----------
    data : mapping
        ``epoch`` is a list of tables with ``number``, ``scheme``, the keys as hexadecimal text, and optionally
        ``system`` and ``withdrawn``.

    Raises
    ------
    ConfigError
        If something is missing, unknown or of the wrong length; no message ever shows a key.

    Examples
    --------
    >>> ring = read_key_ring({"epoch": [{"number": 1, "scheme": "hmac", "file": "00" * 16}]})
    >>> [epoch.number for epoch in ring]
    [1]
    """
    entries = data.get("epoch")
    unknown = sorted(set(data) - {"epoch", "layout"})
    if not isinstance(entries, list) or not entries or unknown:
        raise ConfigError(Message("trace.tag.key_file", problem=", ".join(unknown) or "epoch"))
    epochs = [_read_epoch(entry) for entry in entries]
    if len({epoch.number for epoch in epochs}) != len(epochs):
        raise ConfigError(Message("trace.tag.key_file", problem="number"))
    return KeyRing(epochs)


def _read_epoch(entry: JSON) -> KeyEpoch:
    if not isinstance(entry, Mapping):
        raise ConfigError(Message("trace.tag.key_file", problem="epoch"))
    unknown = set(entry) - {"number", "scheme", "meta", "file", "system", "withdrawn"}
    number, scheme = entry.get("number"), entry.get("scheme")
    if unknown or not isinstance(number, int) or scheme not in get_args(Scheme):
        raise ConfigError(Message("trace.tag.key_file", problem=", ".join(sorted(unknown)) or "number, scheme"))
    chosen: Scheme = "plain" if scheme == "plain" else "an10922" if scheme == "an10922" else "hmac"
    meta = b"" if chosen == "hmac" else _key(entry, "meta")
    system = _hex(entry.get("system", ""), "system")
    return KeyEpoch(number, chosen, meta, _key(entry, "file"), system, withdrawn=entry.get("withdrawn") is True)


def _key(entry: Mapping[str, JSON], name: str) -> bytes:
    key = _hex(entry.get(name), name)
    if len(key) != KEY_BYTES:
        raise ConfigError(Message("trace.tag.key_file", problem=name))
    return key


def _hex(value: JSON, name: str) -> bytes:
    try:
        return bytes.fromhex(value) if isinstance(value, str) else b""
    except ValueError:
        raise ConfigError(Message("trace.tag.key_file", problem=name)) from None


def _hmac(key: bytes, message: bytes) -> bytes:
    return hmac.digest(key, message, "sha256")


def _doubled(block: bytes) -> bytes:
    value = int.from_bytes(block, "big")
    return ((value << 1 & (1 << 128) - 1) ^ (0x87 if value >> 127 else 0)).to_bytes(KEY_BYTES, "big")


def _xor(left: bytes, right: bytes) -> bytes:
    return (int.from_bytes(left, "big") ^ int.from_bytes(right, "big")).to_bytes(KEY_BYTES, "big")
