# SPDX-License-Identifier: Apache-2.0
"""A certificate of our own, so that a phone in the same room may give its microphone to the workbench.

A browser opens its microphone only on the computer itself or over HTTPS. No authority certifies a workshop's computer,
so the phone shows a warning once; the fingerprint that we print lets its owner see that it is this computer.
"""

import contextlib
import ipaddress
import os
import socket
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

VALID = timedelta(days=397)
RENEW = timedelta(days=30)


@dataclass(frozen=True)
class PhoneAccess:
    """What the server needs to speak HTTPS, and what its owner needs to trust it.

    Parameters
    ----------
    certificate, key : Path
        PEM files in the data folder.
    fingerprint : str
        SHA-256 of the certificate, as browsers show it.
    addresses : tuple of str
        Where this computer is in its networks.
    """

    certificate: Path
    key: Path
    fingerprint: str
    addresses: tuple[str, ...]


def phone_access(folder: Path) -> PhoneAccess:
    """Return the certificate of this computer, made anew when it is missing, near its end or for other addresses.

    Parameters
    ----------
    folder : Path
        The data folder.
    """
    addresses = own_addresses()
    certificate, key = folder / "phone.crt", folder / "phone.key"
    if not _fits(certificate, key, addresses):
        _write(certificate, key, addresses)
    found = x509.load_pem_x509_certificate(certificate.read_bytes())
    return PhoneAccess(certificate, key, found.fingerprint(hashes.SHA256()).hex(":").upper(), addresses)


def own_addresses() -> tuple[str, ...]:
    """Return the addresses of this computer in its networks, without asking anybody outside."""
    found: list[str] = []
    with contextlib.suppress(OSError):
        found += [str(info[4][0]) for info in socket.getaddrinfo(socket.gethostname(), None, socket.AF_INET)]
    with contextlib.suppress(OSError), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        # Connecting a datagram socket sends nothing; it only chooses the interface of the default route.
        probe.connect(("192.0.2.1", 9))
        found.append(str(probe.getsockname()[0]))
    return tuple(dict.fromkeys(address for address in found if not address.startswith("127.")))


def _fits(certificate: Path, key: Path, addresses: tuple[str, ...]) -> bool:
    if not (certificate.is_file() and key.is_file()):
        return False
    try:
        found = x509.load_pem_x509_certificate(certificate.read_bytes())
        names = found.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except (ValueError, x509.ExtensionNotFound):
        return False
    covered = {str(address) for address in names.get_values_for_type(x509.IPAddress)}
    return set(addresses) <= covered and found.not_valid_after_utc - RENEW > datetime.now(UTC)


def _write(certificate: Path, key: Path, addresses: tuple[str, ...]) -> None:
    private = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Sichen workbench")])
    names: list[x509.GeneralName] = [x509.DNSName("localhost"), x509.DNSName(socket.gethostname())]
    names += [x509.IPAddress(ipaddress.ip_address(address)) for address in ("127.0.0.1", *addresses)]
    begin = datetime.now(UTC) - timedelta(minutes=5)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(private.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begin)
        .not_valid_after(begin + VALID)
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .sign(private, hashes.SHA256())
    )
    pem = private.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    with os.fdopen(os.open(key, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(pem)
    certificate.write_bytes(made.public_bytes(serialization.Encoding.PEM))
