# SPDX-License-Identifier: Apache-2.0
"""Secure unique NFC messages (SUN) of NTAG 424 DNA: what a tag writes into its address at every tap.

Formulas: NXP AN12196 (AES) and AN12304 (LRP). A valid message proves that the chip with this UID made it, not that the
chip still sits in the watch it was made for, nor that it was made just now: see `taps`.
"""

import hmac
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from typing import Literal

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.cmac import CMAC

from sichen.core import JSON, ConfigError, DataError, Message
from sichen.trace.tag.keys import UID_BYTES, KeyEpoch, KeyRing
from sichen.trace.tag.lrp import BLOCK, Lrp

Mode = Literal["aes", "lrp"]

MAC_BYTES = 8
COUNTER_BYTES = 3
LRP_START_BYTES = 8
_UID_MIRRORED, _COUNTER_MIRRORED, _UID_LENGTH = 0x80, 0x40, 0x0F
_ZERO_VECTOR = modes.CBC(bytes(BLOCK))
_MAC_LABEL, _FILE_LABEL = bytes.fromhex("3CC300010080"), bytes.fromhex("C33C00010080")
_LRP_LABEL, _LRP_END = bytes.fromhex("00010080"), bytes.fromhex("1EE1")
_HEX = re.compile(r"(?:[0-9A-Fa-f]{2})+")


@dataclass(frozen=True)
class SunMessage:
    """What one tap sent.

    Parameters
    ----------
    mac : bytes, 8 long
    picc : bytes, 16 (AES) or 24 (LRP) long, or empty
        Encrypted UID and counter.
    uid : bytes, 7 long, or empty
        In the open, where `picc` is empty.
    counter : int or None
        In the open.
    enc : bytes
        Encrypted file data.
    mac_input : bytes
        The part of the address that the MAC covers.
    mode : {"aes", "lrp"}
    """

    mac: bytes
    picc: bytes = b""
    uid: bytes = b""
    counter: int | None = None
    enc: bytes = b""
    mac_input: bytes = b""
    mode: Mode = "aes"


@dataclass(frozen=True)
class SunReading:
    """A message after its check.

    Parameters
    ----------
    valid : bool
        Whether the chip with this UID made it.
    uid : bytes, 7 long, or empty
    counter : int or None
    file_data : bytes
        Decrypted; empty unless valid.
    epoch : int or None
        Whose keys fitted.
    reason : Message
        Why it is believed or not.
    """

    valid: bool
    uid: bytes
    counter: int | None
    file_data: bytes
    epoch: int | None
    reason: Message


@dataclass(frozen=True)
class UrlLayout:
    """Where in the address the tag writes what: names of parameters.

    Parameters
    ----------
    picc, enc, mac, uid, counter : str
    mac_start : str
        The parameter at whose value the MAC input begins; it ends where the value of `mac` begins. Empty: no input.
    mode : {"aes", "lrp"}
        For tags that write their UID in the open; otherwise the length of `picc` tells.
    """

    picc: str = "picc_data"
    enc: str = "enc"
    mac: str = "cmac"
    uid: str = "uid"
    counter: str = "ctr"
    mac_start: str = "enc"
    mode: Mode = "aes"


def read_layout(data: Mapping[str, JSON]) -> UrlLayout:
    """Read a layout from the table ``layout`` of a key file; what is not named stays as NXP's examples have it.

    Raises
    ------
    ConfigError
        If a name is unknown or its value no text.

    Examples
    --------
    >>> read_layout({"picc": "p", "mac": "c"}).picc
    'p'
    """
    known = {field.name for field in fields(UrlLayout)}
    texts = {name: value for name, value in data.items() if name in known and isinstance(value, str)}
    mode = texts.pop("mode", "aes")
    if len(data) != len(texts) + ("mode" in data) or mode not in ("aes", "lrp"):
        raise ConfigError(Message("trace.tag.layout", known=", ".join(sorted(known))))
    return UrlLayout(**texts, mode="lrp" if mode == "lrp" else "aes")


def read_sun_url(url: str, *, layout: UrlLayout | None = None) -> SunMessage:
    """Take a message out of the address that a phone opened.

    Parameters
    ----------
    url : str
        As the tag wrote it, or its query alone: the MAC covers its characters, so nothing may be decoded or put in
        order before.
    layout : UrlLayout, optional

    Returns
    -------
    SunMessage

    Raises
    ------
    DataError
        If a parameter is missing or no hexadecimal text of the right length.

    Examples
    --------
    >>> message = read_sun_url("https://w.example/t?picc_data=EF963FF7828658A599F3041510671E88&cmac=94EED9EE65337086")
    >>> check_message(message, meta_key=bytes(16), file_key=lambda uid: bytes(16)).uid.hex()
    '04de5f1eacc040'
    """
    names = layout or UrlLayout()
    head, mark, tail = url.partition("#")[0].partition("?")
    query = tail if mark else head
    pairs = [piece.split("=", 1) for piece in query.split("&") if "=" in piece]
    values = dict(pairs)
    if len(values) != len(pairs):
        # The code would cover one of them and the reader take the other.
        raise DataError(Message("trace.tag.parameter_twice"))
    mac = _hex(values, names.mac, (MAC_BYTES,))
    enc = _hex(values, names.enc, range(BLOCK, 256 + 1, BLOCK)) if names.enc in values else b""
    covered = _between(query, names.mac_start, names.mac) if names.mac_start in values else ""
    if names.picc in values:
        picc = _hex(values, names.picc, (BLOCK, BLOCK + LRP_START_BYTES))
        mode: Mode = "aes" if len(picc) == BLOCK else "lrp"
        return SunMessage(mac, picc=picc, enc=enc, mac_input=covered.encode(), mode=mode)
    uid = _hex(values, names.uid, (UID_BYTES,))
    counter = int.from_bytes(_hex(values, names.counter, (COUNTER_BYTES,)), "big")
    return SunMessage(mac, uid=uid, counter=counter, enc=enc, mac_input=covered.encode(), mode=names.mode)


def check_message(message: SunMessage, *, meta_key: bytes, file_key: Callable[[bytes], bytes]) -> SunReading:
    """Check one message under given keys.

    Parameters
    ----------
    message : SunMessage
    meta_key : bytes, 16 long
        Opens the encrypted UID and counter.
    file_key : callable
        Returns the file key of a UID.

    Returns
    -------
    SunReading
        The MAC is compared in constant time.
    """
    if message.picc:
        opened = _open_picc(message, meta_key)
        if opened is None:
            return SunReading(valid=False, uid=b"", counter=None, file_data=b"", epoch=None, reason=_NOT_OPENED)
        uid, counter = opened
    else:
        uid, counter = message.uid, message.counter
    key = file_key(uid)
    mirrored = uid + (b"" if counter is None else counter.to_bytes(COUNTER_BYTES, "little"))
    expected = _aes_mac(key, mirrored, message) if message.mode == "aes" else _lrp_mac(key, mirrored, message)
    if not hmac.compare_digest(expected, message.mac):
        return SunReading(valid=False, uid=uid, counter=counter, file_data=b"", epoch=None, reason=_WRONG_MAC)
    data = _file_data(key, mirrored, counter, message) if message.enc else b""
    return SunReading(valid=True, uid=uid, counter=counter, file_data=data, epoch=None, reason=_RIGHT_MAC)


def check_sun(message: SunMessage, ring: KeyRing) -> SunReading:
    """Check one message against all epochs of keys, newest first.

    Parameters
    ----------
    message : SunMessage
    ring : KeyRing

    Returns
    -------
    SunReading
        Of the epoch that fits; a withdrawn epoch is named but not believed. If none fits, of the newest.
    """
    first: SunReading | None = None
    for epoch in ring:
        reading = check_message(message, meta_key=epoch.meta_key(), file_key=epoch.file_key)
        if reading.valid:
            return _of_epoch(reading, epoch)
        first = first or reading
    if first is None:
        raise DataError(Message("trace.tag.key_file", problem="epoch"))
    return first


def make_message(
    uid: bytes, counter: int, *, meta_key: bytes, file_key: bytes, mode: Mode = "aes", start: bytes = bytes(LRP_START_BYTES)
) -> SunMessage:
    """Make the message that a tag would, for tests, exercises and simulations.

    Parameters
    ----------
    uid : bytes, 7 long
    counter : int, 0 to 2**24 - 1
    meta_key, file_key : bytes, 16 long
    mode : {"aes", "lrp"}
    start : bytes, 8 long
        For LRP: the random number at which encryption begins; for AES its first five bytes fill up the block.

    Examples
    --------
    >>> uid = bytes.fromhex("04de5f1eacc040")
    >>> message = make_message(uid, 61, meta_key=bytes(16), file_key=bytes(16))
    >>> message.mac.hex().upper()
    '94EED9EE65337086'
    """
    mirrored = uid + counter.to_bytes(COUNTER_BYTES, "little")
    block = bytes([_UID_MIRRORED | _COUNTER_MIRRORED | UID_BYTES]) + mirrored + start[: BLOCK - 1 - len(mirrored)]
    draft = SunMessage(b"", mode=mode)
    if mode == "aes":
        picc = Cipher(algorithms.AES(meta_key), _ZERO_VECTOR).encryptor().update(block)
        return SunMessage(_aes_mac(file_key, mirrored, draft), picc=picc, mode=mode)
    picc = start + Lrp(meta_key, counter=start).encrypt(block)
    return SunMessage(_lrp_mac(file_key, mirrored, draft), picc=picc, mode=mode)


_NOT_OPENED = Message("trace.tag.not_opened")
_WRONG_MAC = Message("trace.tag.wrong_mac")
_RIGHT_MAC = Message("trace.tag.right_mac")


def _of_epoch(reading: SunReading, epoch: KeyEpoch) -> SunReading:
    reason = Message("trace.tag.withdrawn_epoch", epoch=epoch.number) if epoch.withdrawn else reading.reason
    data = b"" if epoch.withdrawn else reading.file_data
    return SunReading(not epoch.withdrawn, reading.uid, reading.counter, data, epoch.number, reason)


def _open_picc(message: SunMessage, key: bytes) -> tuple[bytes, int | None] | None:
    if message.mode == "aes":
        block = Cipher(algorithms.AES(key), _ZERO_VECTOR).decryptor().update(message.picc)
    else:
        block = Lrp(key, counter=message.picc[:LRP_START_BYTES]).decrypt(message.picc[LRP_START_BYTES:])
    tag = block[0]
    if not tag & _UID_MIRRORED or tag & _UID_LENGTH != UID_BYTES:
        return None
    end = 1 + UID_BYTES
    counter = int.from_bytes(block[end : end + COUNTER_BYTES], "little") if tag & _COUNTER_MIRRORED else None
    return block[1:end], counter


def _aes_mac(key: bytes, mirrored: bytes, message: SunMessage) -> bytes:
    return _cmac(_aes_session_key(key, _MAC_LABEL, mirrored), message.mac_input)[1::2]


def _aes_session_key(key: bytes, label: bytes, mirrored: bytes) -> bytes:
    return _cmac(key, (label + mirrored).ljust(BLOCK, b"\0"))


def _lrp_master(key: bytes, mirrored: bytes) -> bytes:
    vector = (_LRP_LABEL + mirrored).ljust(BLOCK - len(_LRP_END), b"\0") + _LRP_END
    return Lrp(key).cmac(vector)


def _lrp_mac(key: bytes, mirrored: bytes, message: SunMessage) -> bytes:
    return Lrp(_lrp_master(key, mirrored)).cmac(message.mac_input)[1::2]


def _file_data(key: bytes, mirrored: bytes, counter: int | None, message: SunMessage) -> bytes:
    count = (counter or 0).to_bytes(COUNTER_BYTES, "little")
    if message.mode == "lrp":
        return Lrp(_lrp_master(key, mirrored), update=1, counter=count + bytes(COUNTER_BYTES)).decrypt(message.enc)
    session = _aes_session_key(key, _FILE_LABEL, mirrored)
    # The starting vector is one encrypted block (AN12196, section 3.4.3.2).
    vector = Cipher(algorithms.AES(session), modes.ECB()).encryptor().update(count.ljust(BLOCK, b"\0"))  # noqa: S305
    return Cipher(algorithms.AES(session), modes.CBC(vector)).decryptor().update(message.enc)


def _cmac(key: bytes, data: bytes) -> bytes:
    mac = CMAC(algorithms.AES(key))
    mac.update(data)
    return mac.finalize()


def _hex(values: dict[str, str], name: str, lengths: tuple[int, ...] | range) -> bytes:
    text = values.get(name, "")
    if _HEX.fullmatch(text) is None or len(text) // 2 not in lengths:
        raise DataError(Message("trace.tag.parameter", name=name))
    return bytes.fromhex(text)


def _between(query: str, start: str, end: str) -> str:
    begin, stop = (f"&{query}".index(f"&{name}=") + len(name) + 1 for name in (start, end))
    return query[begin:stop] if begin < stop else ""
