# SPDX-License-Identifier: Apache-2.0
"""Secure unique NFC messages (SUN) of NTAG 424 DNA: what a tag writes into its address at every tap.

What it is worth is told by `checking`.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Literal

from sichen.core import JSON, ConfigError, DataError, Message
from sichen.trace.tag.keys import UID_BYTES
from sichen.trace.tag.lrp import BLOCK

Mode = Literal["aes", "lrp"]

MAC_BYTES = 8
COUNTER_BYTES = 3
LRP_START_BYTES = 8
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
    >>> read_sun_url("https://w.example/t?picc_data=EF963FF7828658A599F3041510671E88&cmac=94EED9EE65337086").mode
    'aes'
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


def _hex(values: dict[str, str], name: str, lengths: tuple[int, ...] | range) -> bytes:
    text = values.get(name, "")
    if _HEX.fullmatch(text) is None or len(text) // 2 not in lengths:
        raise DataError(Message("trace.tag.parameter", name=name))
    return bytes.fromhex(text)


def _between(query: str, start: str, end: str) -> str:
    begin, stop = (f"&{query}".index(f"&{name}=") + len(name) + 1 for name in (start, end))
    return query[begin:stop] if begin < stop else ""
