# SPDX-License-Identifier: Apache-2.0
"""The same as `formulas`, for many messages at once, by the AES instructions of the processor."""

from collections.abc import Sequence
from itertools import accumulate

import numpy as np
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from numpy.typing import NDArray

from sichen.trace.tag import formulas
from sichen.trace.tag.formulas import mac_vector
from sichen.trace.tag.lrp import BLOCK
from sichen.trace.tag.sun import COUNTER_BYTES, MAC_BYTES, SunMessage

# One block each under a vector of zeros: many of them are blocks of their own.
_BLOCKS = modes.ECB()  # noqa: S305


def open_piccs(messages: Sequence[SunMessage], key: bytes) -> list[bytes]:
    """Return the blocks of UID and counter that some messages carry encrypted."""
    plain = [place for place, message in enumerate(messages) if message.mode == "aes"]
    leaking = [place for place, message in enumerate(messages) if message.mode == "lrp"]
    found = [b""] * len(messages)
    if plain:
        decryptor = Cipher(algorithms.AES(key), _BLOCKS).decryptor()
        _share(decryptor.update(b"".join([messages[place].picc for place in plain])), plain, found)
    if leaking:
        from sichen.trace.tag.kernels import open_lrp

        out = np.empty(BLOCK * len(leaking), np.uint8)
        open_lrp(_row(key), _row(b"".join([messages[place].picc for place in leaking])), out)
        _share(out.tobytes(), leaking, found)
    return found


def open_picc(message: SunMessage, key: bytes) -> bytes:
    """Return the block of UID and counter that a message carries encrypted."""
    return open_piccs([message], key)[0]


def mac_of(message: SunMessage, key: bytes, mirrored: bytes) -> bytes:
    """Return the code that a message should have."""
    from sichen.trace.tag.kernels import write_mac

    out = bytearray(MAC_BYTES)
    data = _row(key + mac_vector(message.mode, mirrored) + message.mac_input)
    write_mac(message.mode == "lrp", data, np.frombuffer(out, np.uint8))
    return bytes(out)


def macs_of(messages: Sequence[SunMessage], keys: Sequence[bytes], mirrored: Sequence[bytes]) -> list[bytes]:
    """Return the codes that some messages should have, under the file key of each."""
    from sichen.trace.tag.kernels import write_macs

    vectors = [mac_vector(message.mode, part) for message, part in zip(messages, mirrored, strict=True)]
    inputs = [message.mac_input for message in messages]
    ends = np.fromiter(accumulate(map(len, inputs), initial=0), np.int64, len(inputs) + 1)
    lrp = bytes([message.mode == "lrp" for message in messages])
    macs = np.empty(MAC_BYTES * len(messages), np.uint8)
    write_macs(_row(lrp), _row(b"".join(keys)), _row(b"".join(vectors)), _row(b"".join(inputs)), ends, macs)
    whole = macs.tobytes()
    return [whole[at : at + MAC_BYTES] for at in range(0, len(whole), MAC_BYTES)]


def file_of(message: SunMessage, key: bytes, mirrored: bytes, counter: int | None) -> bytes:
    """Return the file data of a message, decrypted."""
    if message.mode == "aes":
        return formulas.file_of(message, key, mirrored, counter)
    from sichen.trace.tag.kernels import open_lrp_file

    count = (counter or 0).to_bytes(COUNTER_BYTES, "little") + bytes(COUNTER_BYTES)
    out = np.empty(len(message.enc), np.uint8)
    open_lrp_file(_row(key), _row(mac_vector("lrp", mirrored)), _row(count), _row(message.enc), out)
    return out.tobytes()


def _row(data: bytes) -> NDArray[np.uint8]:
    # Compiled for what may be written to; nothing here is.
    return np.frombuffer(bytearray(data), np.uint8)


def _share(whole: bytes, places: Sequence[int], found: list[bytes]) -> None:
    for number, place in enumerate(places):
        found[place] = whole[number * BLOCK : (number + 1) * BLOCK]
