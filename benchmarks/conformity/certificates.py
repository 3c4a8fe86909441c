# SPDX-License-Identifier: Apache-2.0
"""Certificates: changes that must be detected, samples that must be told apart, time from results to a verified file."""

import os
import tempfile
import time
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import numpy as np

from sichen.adapters import DataFolder
from sichen.adapters.bench_desk import Wish, measure_sound
from sichen.adapters.certificate_desk import (
    Particulars,
    draft_certificates,
    form_of,
    release_certificate,
    review_certificate,
)
from sichen.adapters.conformity_desk import BenchRate, Order, judge_bench, keep_bench_verdicts
from sichen.adapters.issuing_house import House, set_house
from sichen.bench import Scene, WatchSound, synthesise
from sichen.conformity import Reading, batch_of_figures, judge, plan
from sichen.conformity.certificate import (
    Certificate,
    Item,
    Party,
    Signer,
    Trust,
    certificate_of,
    new_key,
    public_key,
    sign,
    to_html,
    verify,
)
from sichen.core import Figure, Instant

Row = tuple[str, str, str, bool]
NOW = Instant.parse("2026-11-23T08:00:00Z")
SHARED = Path(os.environ.get("SICHEN_SHARED_DATA", Path(__file__).parents[3] / "shared" / "data"))


def measure(share: int) -> list[Row]:
    """Return the rows about certificates."""
    return [*_time(), *_command(), *_changes(10_000 // share), *_samples()]


def _certificate() -> Certificate:
    figures = [Figure(value, 0.2, "s/d") for value in (2.14, -3.3, 7.81)]
    batch = batch_of_figures({"A-1001": figures})
    stations = {"A-1001": {"power_reserve": Reading(Decimal("38.5"), 0.1)}}
    [verdict] = judge(batch, plan("qbt1903-1993").choose(category="I-excellent"), stations=stations)
    return certificate_of(
        verdict,
        number="B-1",
        issued=NOW,
        begun="2026-11-22",
        ended="2026-11-23",
        laboratory=Party("Laboratory", "检测中心"),
        customer=Party("Maker", "表厂"),
        item=Item("A-1001", "brand", state="new"),
        tested_by="Li",
        reviewed_by="Wang",
        released_by="Zhao",
    )


def _trust(private: bytes) -> Trust:
    year = (Instant.parse("2026-01-01T00:00:00Z"), Instant.parse("2026-12-31T00:00:00Z"))
    return Trust((Signer("Laboratory", public_key(private), *year),))


def _time() -> list[Row]:
    private = new_key()
    start = time.perf_counter()
    certificate = _certificate()
    file = sign(certificate, private=private, when=NOW)
    page = to_html(certificate)
    intact = verify(file, trust=_trust(private), now=NOW).intact
    seconds = time.perf_counter() - start
    size = f"{seconds:.2f} s, {len(file) / 1000:.0f} + {len(page) / 1000:.0f} kB"
    return [("readings to signed, verified certificate and page", size, "< 2 s", seconds < 2 and intact)]


def _command() -> list[Row]:
    """Measure three recordings, then time what `sichen conformity certify --release` does with them after that."""
    rates = []
    for seed, position in enumerate(("CH", "9H", "6H")):
        sound, _ = synthesise(WatchSound(rate=4.0 + seed), duration=20.0, scene=Scene(snr_db=20.0), seed=seed)
        reading = measure_sound(sound, Wish()).reading
        rates.append(BenchRate("B-7", position, replace(reading.rate, u=reading.rate_u_total), position))
    order = Order("qbt1903-1993", category="I-excellent", stations="watch,quantity,value,u\nB-7,power_reserve,41,0.2\n")
    with tempfile.TemporaryDirectory() as place, DataFolder.open(place) as folder:
        set_house(folder.path, House(Party("Laboratory", "检测中心")))
        start, busy = time.perf_counter(), time.process_time()
        judged = judge_bench(order, rates)
        records = keep_bench_verdicts(folder, judged, order, (), at=NOW)
        [one] = draft_certificates(folder, judged.verdicts, records, Particulars(tested_by="Li"), at=NOW)
        review_certificate(folder, one.certificate.number, person="Wang", at=NOW)
        made = release_certificate(folder, one.certificate.number, person="Zhao", at=NOW)
        sizes = [len(form_of(folder, made, ending)) for ending in ("xml", "pdf", "html")]
        seconds, busy = time.perf_counter() - start, time.process_time() - busy
    size = " + ".join(f"{size / 1000:.0f}" for size in sizes)
    return [
        (
            "bench recordings to kept XML, PDF and page, after measurement",
            f"{busy:.2f} s of one core ({seconds:.2f} s), {size} kB",
            "< 2 s",
            busy < 2,
        )
    ]


def _changes(count: int) -> list[Row]:
    private = new_key()
    file = sign(_certificate(), private=private, when=NOW)
    trust = _trust(private)
    rng = np.random.default_rng(10_000)
    missed = 0
    for place, other in zip(rng.integers(0, len(file), count), rng.integers(1, 256, count), strict=True):
        changed = file[:place] + bytes([file[place] ^ int(other)]) + file[place + 1 :]
        missed += verify(changed, trust=trust, now=NOW).intact
    return [(f"one-byte changes not detected, of {count}", str(missed), "0", missed == 0)]


def _samples() -> list[Row]:
    folder = SHARED / "quality" / "dcc"
    if not folder.is_dir():
        return [("supplied DCC samples", "data folder absent", "-", True)]
    good = verify((folder / "dcc_gp_temperature_typical_v12_signed.xml").read_bytes(), trust=Trust(), now=NOW)
    bad = verify((folder / "dcc_gp_temperature_typical_v12_signed_manipulated.xml").read_bytes(), trust=Trust(), now=NOW)
    told = all(holds for _, holds in good.digests) and good.signature and bad.status == "tampered" and bad.signature
    found = f"{good.status} / {bad.status} by digest"
    return [("supplied signed sample / manipulated sample", found, "told apart", told)]
