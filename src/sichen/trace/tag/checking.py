# SPDX-License-Identifier: Apache-2.0
"""Whether messages of tags are genuine: one of them, or many at once.

A valid message proves that the chip with this UID made it, not that the chip still sits in the watch it was made for, nor
that it was made just now: see `taps`.
"""

import hmac
from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import count
from types import ModuleType

from sichen.core import DataError, Message
from sichen.core.ciphers import cipher_path
from sichen.trace.tag import compiled, formulas
from sichen.trace.tag.keys import KEY_BYTES, UID_BYTES, KeyEpoch, KeyRing
from sichen.trace.tag.lrp import BLOCK
from sichen.trace.tag.sun import COUNTER_BYTES, LRP_START_BYTES, Mode, SunMessage, SunReading

_UID_MIRRORED, _COUNTER_MIRRORED, _UID_LENGTH = 0x80, 0x40, 0x0F
_PICC_BYTES = {"aes": BLOCK, "lrp": BLOCK + LRP_START_BYTES}
_NOT_OPENED = Message("trace.tag.not_opened")
_WRONG_MAC = Message("trace.tag.wrong_mac")
_RIGHT_MAC = Message("trace.tag.right_mac")
_UNOPENED = SunReading(valid=False, uid=b"", counter=None, file_data=b"", epoch=None, reason=_NOT_OPENED)
Told = tuple[bytes, int | None]

SOON = 100
_ASKED = count()


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

    Raises
    ------
    DataError
        If a key or the encrypted part has a wrong length.

    Examples
    --------
    >>> message = make_message(bytes.fromhex("04de5f1eacc040"), 61, meta_key=bytes(16), file_key=bytes(16), mode="lrp")
    >>> check_message(message, meta_key=bytes(16), file_key=lambda uid: bytes(16)).counter
    61
    """
    _need_piccs([message], meta_key)
    ciphers = _ciphers_for_one(message)
    told = _read_block(ciphers.open_picc(message, meta_key)) if message.picc else (message.uid, message.counter)
    if told is None:
        return _UNOPENED
    key, mirrored = file_key(told[0]), _mirrored(*told)
    _need(len(key) == KEY_BYTES, "file")
    return _read(ciphers, message, told, key=key, mac=ciphers.mac_of(message, key, mirrored))


def check_messages(messages: Sequence[SunMessage], *, meta_key: bytes, file_key: Callable[[bytes], bytes]) -> list[SunReading]:
    """Check many messages under given keys: what `check_message` says of each, some ten times faster.

    Parameters
    ----------
    messages : sequence of SunMessage
    meta_key : bytes, 16 long
    file_key : callable

    Returns
    -------
    list of SunReading
        In the order of the messages.

    Raises
    ------
    DataError
        If a key or an encrypted part has a wrong length.
    """
    _need_piccs(messages, meta_key)
    told = _told(messages, meta_key)
    known = [(message, one) for message, one in zip(messages, told, strict=True) if one is not None]
    keys = [file_key(uid) for _, (uid, _) in known]
    _need(all(len(key) == KEY_BYTES for key in keys), "file")
    ciphers = _ciphers()
    macs = ciphers.macs_of([message for message, _ in known], keys, [_mirrored(*one) for _, one in known])
    readings = (
        _read(ciphers, message, one, key=key, mac=mac) for (message, one), key, mac in zip(known, keys, macs, strict=True)
    )
    return [_UNOPENED if one is None else next(readings) for one in told]


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


def verify_many(messages: Sequence[SunMessage], ring: KeyRing) -> list[SunReading]:
    """Check many messages against all epochs of keys: what `check_sun` says of each, in their order.

    Parameters
    ----------
    messages : sequence of SunMessage
    ring : KeyRing

    Returns
    -------
    list of SunReading

    Raises
    ------
    DataError
        If there is no epoch.

    Examples
    --------
    >>> ring = KeyRing([KeyEpoch(1, "plain", bytes(16), bytes(16))])
    >>> uid = bytes.fromhex("04de5f1eacc040")
    >>> taps = [make_message(uid, counter, meta_key=bytes(16), file_key=bytes(16), mode="lrp") for counter in (61, 62)]
    >>> [(reading.valid, reading.counter) for reading in verify_many(taps, ring)]
    [(True, 61), (True, 62)]
    """
    found: list[SunReading] = []
    open_still = list(range(len(messages)))
    for epoch in ring:
        readings = check_messages([messages[place] for place in open_still], meta_key=epoch.meta_key(), file_key=epoch.file_key)
        found = found or list(readings)
        for place, reading in zip(open_still, readings, strict=True):
            if reading.valid:
                found[place] = _of_epoch(reading, epoch)
        open_still = [place for place, reading in zip(open_still, readings, strict=True) if not reading.valid]
        if not open_still:
            return found
    if not found and messages:
        raise DataError(Message("trace.tag.key_file", problem="epoch"))
    return found


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
    picc = formulas.closed_picc(block, meta_key, mode=mode, start=start)
    draft = SunMessage(b"", picc=picc, mode=mode)
    return replace(draft, mac=formulas.mac_of(draft, file_key, mirrored))


def _ciphers() -> ModuleType:
    return compiled if cipher_path() == "instructions" else formulas


def _ciphers_for_one(message: SunMessage) -> ModuleType:
    """Return the library for AES, where it is as fast, and for the first taps under LRP: none of them waits for a compiler."""
    return formulas if message.mode == "aes" or next(_ASKED) < SOON else _ciphers()


def _told(messages: Sequence[SunMessage], meta_key: bytes) -> list[Told | None]:
    """Return UID and counter of each message; None where the encrypted part does not open to one."""
    blocks = iter(_ciphers().open_piccs([message for message in messages if message.picc], meta_key))
    return [_read_block(next(blocks)) if message.picc else (message.uid, message.counter) for message in messages]


def _mirrored(uid: bytes, counter: int | None) -> bytes:
    return uid + (b"" if counter is None else counter.to_bytes(COUNTER_BYTES, "little"))


def _read(ciphers: ModuleType, message: SunMessage, told: Told, *, key: bytes, mac: bytes) -> SunReading:
    """Compare a message's code with the one it should have, in constant time, and open its file data."""
    uid, counter = told
    if not hmac.compare_digest(mac, message.mac):
        return SunReading(valid=False, uid=uid, counter=counter, file_data=b"", epoch=None, reason=_WRONG_MAC)
    data = ciphers.file_of(message, key, _mirrored(uid, counter), counter) if message.enc else b""
    return SunReading(valid=True, uid=uid, counter=counter, file_data=data, epoch=None, reason=_RIGHT_MAC)


def _read_block(block: bytes) -> Told | None:
    tag = block[0]
    if not tag & _UID_MIRRORED or tag & _UID_LENGTH != UID_BYTES:
        return None
    end = 1 + UID_BYTES
    counter = int.from_bytes(block[end : end + COUNTER_BYTES], "little") if tag & _COUNTER_MIRRORED else None
    return block[1:end], counter


def _need_piccs(messages: Sequence[SunMessage], meta_key: bytes) -> None:
    _need(len(meta_key) == KEY_BYTES, "meta")
    _need(all(not message.picc or len(message.picc) == _PICC_BYTES[message.mode] for message in messages), "picc")


def _need(right: bool, name: str) -> None:
    if not right:
        raise DataError(Message("trace.tag.parameter", name=name))


def _of_epoch(reading: SunReading, epoch: KeyEpoch) -> SunReading:
    reason = Message("trace.tag.withdrawn_epoch", epoch=epoch.number) if epoch.withdrawn else reading.reason
    data = b"" if epoch.withdrawn else reading.file_data
    return SunReading(not epoch.withdrawn, reading.uid, reading.counter, data, epoch.number, reason)
