# SPDX-License-Identifier: Apache-2.0
"""What every package stands on: figures, instants, constants, records, errors, sentences, executors."""

from sichen.core.canonical import JSON, canonical, digest_of, digest_of_bytes, digest_of_chunks, digest_prefix, is_digest
from sichen.core.constants import Constant, constant, constants
from sichen.core.errors import ConfigError, DataError, NotConforming, NotFound, SichenError, SourceError, TooFewSamples
from sichen.core.executor import SerialExecutor, open_executor
from sichen.core.figure import Figure, FigureParts, Unit, convert, is_figure, units
from sichen.core.glossary import Term, glossary, term
from sichen.core.instant import Duration, Instant, Scale
from sichen.core.message import LANGUAGES, Language, Message, catalogue
from sichen.core.record import PREVIOUS, Artifact, Evidence, Input, Ledger, Record, why
from sichen.core.spreadsheet import csv_source
from sichen.core.svg import Drawing

__all__ = [
    "JSON",
    "LANGUAGES",
    "PREVIOUS",
    "Artifact",
    "ConfigError",
    "Constant",
    "DataError",
    "Drawing",
    "Duration",
    "Evidence",
    "Figure",
    "FigureParts",
    "Input",
    "Instant",
    "Language",
    "Ledger",
    "Message",
    "NotConforming",
    "NotFound",
    "Record",
    "Scale",
    "SerialExecutor",
    "SichenError",
    "SourceError",
    "Term",
    "TooFewSamples",
    "Unit",
    "canonical",
    "catalogue",
    "constant",
    "constants",
    "convert",
    "csv_source",
    "digest_of",
    "digest_of_bytes",
    "digest_of_chunks",
    "digest_prefix",
    "glossary",
    "is_digest",
    "is_figure",
    "open_executor",
    "term",
    "units",
    "why",
]
