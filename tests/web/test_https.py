# SPDX-License-Identifier: Apache-2.0
"""The workbench over HTTPS, as a phone on the workshop's network needs it for its microphone."""

import contextlib
import datetime as dt
import json
import ssl
from pathlib import Path

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from fastapi import FastAPI
from tests.web.conftest import serving
from websockets import Origin
from websockets.sync.client import connect


@pytest.fixture
def papers(tmp_path: Path) -> dict[str, Path]:
    """Make a key and a certificate for this computer."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    day = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
    signed = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(day)
        .not_valid_after(day + dt.timedelta(days=36500))
        .sign(key, hashes.SHA256())
    )
    found = {"certificate": tmp_path / "certificate.pem", "key": tmp_path / "key.pem"}
    found["certificate"].write_bytes(signed.public_bytes(serialization.Encoding.PEM))
    form = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    found["key"].write_bytes(key.private_bytes(*form))
    return found


def test_pages_and_live_sound_travel_over_https(app: FastAPI, papers: dict[str, Path]) -> None:
    trusting = ssl.create_default_context()
    trusting.check_hostname = False
    trusting.verify_mode = ssl.CERT_NONE
    with contextlib.contextmanager(serving)(app, **papers) as address:
        page = httpx.get(f"{address}/bench", verify=trusting)
        with connect(address.replace("https", "wss") + "/bench/live", origin=Origin(address), ssl=trusting) as socket:
            socket.send(json.dumps({"do": "start", "sample_rate": 48000, "channels": 1}))
            answer = json.loads(socket.recv(timeout=5))

    assert page.status_code == 200
    assert answer == {"type": "ready"}
