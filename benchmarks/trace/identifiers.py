# SPDX-License-Identifier: Apache-2.0
"""Identifiers and tags: nothing lost in compression, and how fast links and messages are checked."""

import random
import time
from collections.abc import Callable
from functools import partial

from sichen.core.ciphers import cipher_path
from sichen.trace.identifiers import build_link, check_digit, compress_link, decompress_link, parse_link, read_bracketed
from sichen.trace.identifiers.check_digits import CHARACTERS
from sichen.trace.identifiers.elements import Element, ElementString
from sichen.trace.tag import KeyEpoch, KeyRing, SunMessage, check_messages, check_sun, make_message, read_sun_url

SERIALS = 1_000_000
ALPHABETS = ("0123456789", "0123456789ABCDEF", "0123456789abcdef", "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-", CHARACTERS)
SUN_LIMIT = 50_000
BATCH = 1000


def main(options: list[str]) -> int:
    """Print the table and return how many limits were missed."""
    count = SERIALS // 20 if "--quick" in options else SERIALS
    print("\nIdentifiers")
    return _compression(count) + _links() + _messages()


def _compression(count: int) -> int:
    source = random.Random(2)  # noqa: S311 - a simulation
    lost = shorter = 0
    for number in range(count):
        alphabet = ALPHABETS[number % len(ALPHABETS)]
        length = source.randrange(1, 21)
        serial = ("0" * source.randrange(4) + "".join(source.choices(alphabet, k=length)))[:20]
        digits = f"{source.randrange(10**13):013d}"
        link = build_link(ElementString((Element("01", digits + check_digit(digits)), Element("21", serial))))
        short = compress_link(link)
        lost += decompress_link(short) != link
        shorter += len(short) < len(link.uri())
    print(
        f"  {count} random serial numbers compressed and back: {lost} changed (limit 0), {shorter / count:.1%} became shorter"
    )
    return int(lost > 0)


def _links() -> int:
    uri = "https://id.gs1.org/01/09520123456788/10/LOT7/21/00042?17=301231"
    fields = read_bracketed("(01)09520123456788(10)LOT7(21)00042(17)301231")
    short = compress_link(parse_link(uri))
    for name, call in (
        ("links parsed", lambda: parse_link(uri)),
        ("links built", lambda: build_link(fields)),
        ("links decompressed", lambda: decompress_link(short)),
    ):
        print(f"  {name:<34} {_rate(call, 5_000):>10,.0f} per CPU-second")
    return 0


def _messages() -> int:
    ring = KeyRing([KeyEpoch(1, "an10922", b"meta key epoch 1", b"file key epoch 1", system=b"sichen")])
    epoch = next(iter(ring))
    uid = bytes.fromhex("04DE5F1EACC040")
    keys = {"meta_key": epoch.meta_key(), "file_key": epoch.file_key(uid)}
    aes, lrp = (make_message(uid, 61, mode=mode, **keys) for mode in ("aes", "lrp"))
    plain = KeyRing([KeyEpoch(1, "plain", keys["meta_key"], keys["file_key"])])
    url = f"https://w.example/t?picc_data={aes.picc.hex().upper()}&cmac={aes.mac.hex().upper()}"
    check = _rate(lambda: check_sun(aes, plain), 20_000)
    print(f"  {'SUN checks, AES':<34} {check:>10,.0f} per CPU-second (limit {SUN_LIMIT:,})")
    for name, call, times in (
        ("… with the key derived (AN10922)", lambda: check_sun(aes, ring), 10_000),
        ("… and the address read", lambda: check_sun(read_sun_url(url), ring), 10_000),
        ("SUN checks, LRP", lambda: check_sun(lrp, plain), 10_000),
    ):
        print(f"  {name:<34} {_rate(call, times):>10,.0f} per CPU-second")
    # Batches as a register sees them: many tags, each with a key of its own. Keys are derived before, as for one check alone.
    taps: dict[str, list[SunMessage]] = {"AES": [], "LRP": []}
    file_keys = {bytes([4, *divmod(number, 256), 0, 1, 2, 3]): number.to_bytes(16, "big") for number in range(BATCH)}
    for number, (tag, key) in enumerate(file_keys.items()):
        start = number.to_bytes(8, "big")
        taps["AES"].append(make_message(tag, number, meta_key=keys["meta_key"], file_key=key, start=start))
        taps["LRP"].append(make_message(tag, number, meta_key=keys["meta_key"], file_key=key, start=start, mode="lrp"))
    print(f"  ciphers by {cipher_path()}; batches of {BATCH}")
    many = {}
    for name, batch in taps.items():
        rate = _rate(partial(check_messages, batch, meta_key=keys["meta_key"], file_key=file_keys.__getitem__), 10)
        many[name] = rate * BATCH
        print(f"  {f'SUN checks at once, {name}':<34} {many[name]:>10,.0f} per CPU-second")
    return int(check < SUN_LIMIT) + int(cipher_path() == "instructions" and min(many.values()) < SUN_LIMIT)


def _rate(call: Callable[[], object], times: int) -> float:
    """Return calls per second of processor time, the best of three."""
    best = 0.0
    for _ in range(3):
        start = time.process_time()
        for _ in range(times):
            call()
        best = max(best, times / (time.process_time() - start))
    return best
