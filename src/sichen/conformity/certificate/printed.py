# SPDX-License-Identifier: Apache-2.0
"""The printed form of a certificate. What sets type is imported by whoever prints, and by nobody who only judges."""

from sichen.conformity.certificate.content import Certificate


def to_pdf(certificate: Certificate, *, scan: str = "", draft: bool = False) -> bytes:
    """Write a certificate as PDF.

    Parameters
    ----------
    certificate : Certificate
    scan : str
        What the QR code holds; the digest of the content alone when empty.
    draft : bool
        Whether every page says that it is none yet.

    Returns
    -------
    bytes
        The same for the same certificate, always.
    """
    from sichen.conformity.certificate.pdf import build

    return build(certificate, scan=scan, draft=draft)
