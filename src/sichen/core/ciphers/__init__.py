# SPDX-License-Identifier: Apache-2.0
"""AES for compiled loops: by the processor's own instructions, which take the same time for every key, or not at all.

Where a processor has none, callers use libcrypto through `cryptography`; there is no path with look-up tables, whose time
would tell the key. The words of compiled code are in `sichen.core.ciphers.kernels`; other `kernels` import them from there.
"""

from functools import cache
from typing import Literal

Path = Literal["instructions", "library"]

_KEY = bytes(range(16))
_PLAIN = bytes.fromhex("00112233445566778899aabbccddeeff")
_CIPHER = bytes.fromhex("69c4e0d86a7b0430d8cdb78070b4c55a")


@cache
def cipher_path() -> Path:
    """Tell by what AES is computed in batches: "instructions" of the processor, or the "library" `cryptography`.

    Instructions count only when they give the known answer of FIPS 197, appendix C.1, here and now.

    Examples
    --------
    >>> cipher_path() in ("instructions", "library")
    True
    """
    import numpy as np

    from sichen.core.ciphers.block.kernels import instructions

    if not instructions():
        return "library"
    from sichen.core.ciphers.kernels import known_answers

    out = np.zeros(48 + 176, np.uint8)
    known_answers(np.frombuffer(_KEY, np.uint8).copy(), np.frombuffer(_PLAIN, np.uint8).copy(), out)
    return "instructions" if out[:48].tobytes() == _CIPHER * 2 + _PLAIN else "library"


__all__ = ["Path", "cipher_path"]
