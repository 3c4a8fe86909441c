# SPDX-License-Identifier: Apache-2.0
"""The ciphers of NTAG 424 DNA, one message after the other, by the library: NXP AN12196 (AES) and AN12304 (LRP)."""

from collections.abc import Sequence

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.cmac import CMAC

from sichen.trace.tag.lrp import BLOCK, Lrp
from sichen.trace.tag.sun import COUNTER_BYTES, LRP_START_BYTES, Mode, SunMessage

_ZERO_VECTOR = modes.CBC(bytes(BLOCK))
_MAC_LABEL, _FILE_LABEL = bytes.fromhex("3CC300010080"), bytes.fromhex("C33C00010080")
_LRP_LABEL, _LRP_END = bytes.fromhex("00010080"), bytes.fromhex("1EE1")


def mac_vector(mode: Mode, mirrored: bytes) -> bytes:
    """Return what the session key of the code is derived from, 16 bytes.

    Parameters
    ----------
    mode : {"aes", "lrp"}
    mirrored : bytes
        UID and counter, as far as the tag tells them.
    """
    if mode == "aes":
        return (_MAC_LABEL + mirrored).ljust(BLOCK, b"\0")
    return (_LRP_LABEL + mirrored).ljust(BLOCK - len(_LRP_END), b"\0") + _LRP_END


def open_piccs(messages: Sequence[SunMessage], key: bytes) -> list[bytes]:
    """Return the blocks of UID and counter that some messages carry encrypted."""
    return [open_picc(message, key) for message in messages]


def macs_of(messages: Sequence[SunMessage], keys: Sequence[bytes], mirrored: Sequence[bytes]) -> list[bytes]:
    """Return the codes that some messages should have, under the file key of each."""
    return [mac_of(*one) for one in zip(messages, keys, mirrored, strict=True)]


def mac_of(message: SunMessage, key: bytes, mirrored: bytes) -> bytes:
    """Return the code that a message should have."""
    vector = mac_vector(message.mode, mirrored)
    if message.mode == "aes":
        return _cmac(_cmac(key, vector), message.mac_input)[1::2]
    return Lrp(Lrp(key).cmac(vector)).cmac(message.mac_input)[1::2]


def file_of(message: SunMessage, key: bytes, mirrored: bytes, counter: int | None) -> bytes:
    """Return the file data of a message, decrypted."""
    count = (counter or 0).to_bytes(COUNTER_BYTES, "little")
    if message.mode == "lrp":
        master = Lrp(key).cmac(mac_vector("lrp", mirrored))
        return Lrp(master, update=1, counter=count + bytes(COUNTER_BYTES)).decrypt(message.enc)
    session = _cmac(key, (_FILE_LABEL + mirrored).ljust(BLOCK, b"\0"))
    # The starting vector is one encrypted block (AN12196, section 3.4.3.2).
    vector = Cipher(algorithms.AES(session), modes.ECB()).encryptor().update(count.ljust(BLOCK, b"\0"))  # noqa: S305
    return Cipher(algorithms.AES(session), modes.CBC(vector)).decryptor().update(message.enc)


def closed_picc(block: bytes, key: bytes, *, mode: Mode, start: bytes) -> bytes:
    """Encrypt UID and counter as a tag does; `start` is the number at which LRP begins."""
    if mode == "aes":
        return Cipher(algorithms.AES(key), _ZERO_VECTOR).encryptor().update(block)
    return start + Lrp(key, counter=start).encrypt(block)


def open_picc(message: SunMessage, key: bytes) -> bytes:
    """Return the block of UID and counter that a message carries encrypted."""
    if message.mode == "aes":
        return Cipher(algorithms.AES(key), _ZERO_VECTOR).decryptor().update(message.picc)
    return Lrp(key, counter=message.picc[:LRP_START_BYTES]).decrypt(message.picc[LRP_START_BYTES:])


def _cmac(key: bytes, data: bytes) -> bytes:
    mac = CMAC(algorithms.AES(key))
    mac.update(data)
    return mac.finalize()
