# SPDX-License-Identifier: Apache-2.0
"""Genealogy for both faces: the store of the data folder, and links from tables of other programs."""

import csv
from collections.abc import Iterator
from pathlib import Path

from sichen.adapters.data_path import make_folder
from sichen.adapters.genealogy_store import GenealogyStore
from sichen.adapters.named_files import read_named, shown
from sichen.core import ConfigError, Instant, Message, SichenError, csv_source
from sichen.trace import FOREVER, Link

COLUMNS = ("child", "parent", "start", "end", "kind")
FILE = "genealogy.sqlite"


def open_genealogy(data: Path | None, table: Path | None = None) -> GenealogyStore:
    """Open the links of a data folder, and read a table of links into them first.

    Parameters
    ----------
    data : Path or None
        Data folder; None for the user's own.
    table : Path, optional
        CSV with the columns ``child,parent,start,end,kind``; times as 2026-11-23T08:00:00Z, an empty end while it holds.

    Returns
    -------
    GenealogyStore

    Raises
    ------
    ConfigError
        If the table lacks a column or a line is wrong; nothing of it is kept then.
    """
    store = GenealogyStore(make_folder(data) / FILE)
    if table is not None:
        try:
            store.add(list(_read_links(table)))
        except SichenError:
            store.close()
            raise
    return store


def _read_links(path: Path) -> Iterator[Link[str]]:
    try:
        text = read_named(path).decode("utf-8-sig")
    except UnicodeDecodeError:
        raise ConfigError(Message("adapters.genealogy.bad_table", path=shown(path), line=1)) from None
    reader = csv.DictReader(csv_source(text))
    if not set(COLUMNS) <= set(reader.fieldnames or ()):
        raise ConfigError(Message("adapters.genealogy.bad_table", path=shown(path), line=1))
    for row in reader:
        try:
            end = Instant.parse(row["end"]).ns if row["end"] else FOREVER
            yield Link(row["child"], row["parent"], Instant.parse(row["start"]).ns, end, row["kind"] or "part")
        except (SichenError, TypeError):
            raise ConfigError(Message("adapters.genealogy.bad_table", path=shown(path), line=reader.line_num)) from None
