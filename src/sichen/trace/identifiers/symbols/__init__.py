# SPDX-License-Identifier: Apache-2.0
"""Codes to print: QR for Digital Links, Data Matrix for fields and links."""

from sichen.trace.identifiers.symbols.datamatrix import datamatrix, datamatrix_of_fields
from sichen.trace.identifiers.symbols.symbol import Symbol, qr

__all__ = ["Symbol", "datamatrix", "datamatrix_of_fields", "qr"]
