# SPDX-License-Identifier: Apache-2.0
"""Many messages at once: what the compiled ciphers say is what the library says, and in the same order."""

from typing import Literal, get_args

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sichen.core import DataError
from sichen.core.ciphers import cipher_path
from sichen.trace.tag import (
    KeyEpoch,
    KeyRing,
    Lrp,
    SunMessage,
    check_message,
    check_messages,
    check_sun,
    compiled,
    formulas,
    make_message,
    verify_many,
)
from sichen.trace.tag.checking import SOON

needs_cipher = pytest.mark.skipif(cipher_path() != "instructions", reason="this processor has no AES instructions")
Mode = Literal["aes", "lrp"]
KEYS, MODES = st.binary(min_size=16, max_size=16), st.sampled_from(get_args(Mode))
UIDS, COUNTERS = st.binary(min_size=7, max_size=7), st.integers(0, 2**24 - 1)


@needs_cipher
@given(st.lists(st.tuples(MODES, UIDS, COUNTERS, KEYS, st.binary(max_size=70)), min_size=1, max_size=5))
def test_codes_of_any_mixture_are_the_library_s(taps: list[tuple[Mode, bytes, int, bytes, bytes]]) -> None:
    messages = [SunMessage(b"", mac_input=covered, mode=mode) for mode, _, _, _, covered in taps]
    keys = [key for *_, key, _ in taps]
    mirrored = [uid + counter.to_bytes(3, "little") for _, uid, counter, _, _ in taps]
    mirrored[0] = mirrored[0][: len(keys) + 5]
    wanted = formulas.macs_of(messages, keys, mirrored)
    assert compiled.macs_of(messages, keys, mirrored) == wanted
    assert [compiled.mac_of(*one) for one in zip(messages, keys, mirrored, strict=True)] == wanted


def test_single_tap_is_judged_alike_before_and_after_the_compiler_was_worth_its_while() -> None:
    message = make_message(bytes(7), 61, meta_key=bytes(16), file_key=bytes(16), mode="lrp", start=bytes(range(8)))
    readings = [check_message(message, meta_key=bytes(16), file_key=lambda _: bytes(16)) for _ in range(2 * SOON)]
    assert readings == [readings[0]] * (2 * SOON)
    assert readings[0].valid


@needs_cipher
@given(KEYS, st.lists(st.tuples(MODES, st.binary(min_size=24, max_size=24)), max_size=5))
def test_uid_and_counter_of_any_mixture_open_as_by_the_library(key: bytes, sent: list[tuple[Mode, bytes]]) -> None:
    messages = [SunMessage(b"", picc=picc[: 16 if mode == "aes" else 24], mode=mode) for mode, picc in sent]
    assert compiled.open_piccs(messages, key) == formulas.open_piccs(messages, key)


@needs_cipher
@given(KEYS, UIDS, st.one_of(st.none(), COUNTERS), MODES, st.integers(1, 4))
def test_file_data_opens_as_by_the_library(key: bytes, uid: bytes, counter: int | None, mode: Mode, blocks: int) -> None:
    message = SunMessage(b"", enc=key[::-1] * blocks, mode=mode)
    assert compiled.file_of(message, key, uid, counter) == formulas.file_of(message, key, uid, counter)


@needs_cipher
def test_count_of_the_first_block_may_be_the_last_there_is() -> None:
    """Encryption under LRP goes on with zero behind the greatest number, as in the library."""
    messages = [SunMessage(b"", picc=b"\xff" * 8 + bytes(range(16)), mode="lrp")]
    assert compiled.open_piccs(messages, bytes(16)) == formulas.open_piccs(messages, bytes(16))
    assert Lrp(bytes(16), counter=b"\xff" * 6).decrypt(bytes(32))[16:] == Lrp(bytes(16), counter=bytes(6)).decrypt(bytes(16))


@needs_cipher
@pytest.mark.slow
def test_ten_thousand_messages_have_the_library_s_codes() -> None:
    noise = np.random.default_rng(424)
    count = 10_000
    keys = [noise.bytes(16) for _ in range(count)]
    mirrored = [noise.bytes(10) for _ in range(count)]
    modes: list[Mode] = ["lrp" if number % 20 == 0 else "aes" for number in range(count)]
    messages = [SunMessage(b"", mac_input=noise.bytes(int(noise.integers(0, 80))), mode=mode) for mode in modes]
    assert compiled.macs_of(messages, keys, mirrored) == formulas.macs_of(messages, keys, mirrored)


def test_many_are_judged_as_one_by_one_whatever_epoch_they_are_of() -> None:
    ring = KeyRing(
        [
            KeyEpoch(1, "plain", bytes(16), bytes(range(16)), withdrawn=True),
            KeyEpoch(2, "an10922", b"m" * 16, b"f" * 16, system=b"NXP"),
            KeyEpoch(3, "hmac", b"", b"h" * 16),
        ]
    )
    taps = []
    for number in range(24):
        uid, mode = bytes([4, number, 0, 1, 2, 3, 4]), get_args(Mode)[number % 2]
        epoch = list(ring)[number % 3]
        made = make_message(
            uid, number, meta_key=epoch.meta_key(), file_key=epoch.file_key(uid), mode=mode, start=bytes([number] * 8)
        )
        taps.append(made if number % 5 else SunMessage(bytes(8), picc=made.picc, mode=mode))
    open_tap = SunMessage(bytes(8), uid=bytes(7), counter=None)
    found = verify_many([*taps, open_tap], ring)
    assert found == [check_sun(tap, ring) for tap in [*taps, open_tap]]
    assert [reading.epoch for reading in found[:5]] == [None, 2, 1, 3, 2]
    assert [reading.valid for reading in found[:5]] == [False, True, False, True, True]
    assert verify_many([], ring) == []


def test_wrong_lengths_are_refused_by_name() -> None:
    message = make_message(bytes(7), 1, meta_key=bytes(16), file_key=bytes(16))
    cut = SunMessage(message.mac, picc=message.picc[:-1])
    for sent, meta, file in ((cut, bytes(16), bytes(16)), (message, bytes(15), bytes(16)), (message, bytes(16), bytes(17))):
        with pytest.raises(DataError):
            check_messages([sent], meta_key=meta, file_key=lambda _, key=file: key)  # type: ignore[misc]
    with pytest.raises(DataError):
        verify_many([message], KeyRing([]))
