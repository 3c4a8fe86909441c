# SPDX-License-Identifier: Apache-2.0
"""The tables that a certificate takes its particulars from: what each watch is, and which instruments were used."""

from sichen.conformity.certificate.content import Equipment, Item
from sichen.conformity.table import instant, read_table
from sichen.core import DataError, Instant, Message

ALIASES = {
    "手表": "watch",
    "编号": "watch",
    "品牌": "brand",
    "型号": "model",
    "机芯": "calibre",
    "状态": "state",
    "仪器": "id",
    "名称": "name",
    "有效期至": "valid_until",
    "校准证书": "certificate",
}


def read_items(text: str) -> dict[str, Item]:
    r"""Read what watches are: columns ``watch``, ``brand``, and if known ``model``, ``calibre``, ``state``.

    Raises
    ------
    DataError
        If a watch has no serial number or stands twice: the message names the row.

    Examples
    --------
    >>> read_items("watch,brand\nA-1,Sinan\n")["A-1"].brand
    'Sinan'
    """
    table = read_table(text, required=("watch", "brand"), aliases=ALIASES)
    found: dict[str, Item] = {}
    for row in table.rows:
        serial = row.text("watch")
        if not serial:
            raise DataError(Message("conformity.capture.no_watch", row=row.number))
        if serial in found:
            raise DataError(Message("conformity.items.twice", row=row.number, name=serial))
        found[serial] = Item(serial, row.text("brand"), row.text("model"), row.text("calibre"), row.text("state"))
    return found


def read_equipment(text: str, *, at: Instant) -> tuple[Equipment, ...]:
    r"""Read the instruments of a test: columns ``id``, ``name``, ``valid_until``, and if known ``certificate``.

    Parameters
    ----------
    text : str
        A name in both languages is written ``English|中文``.
    at : Instant
        When they were used last.

    Raises
    ------
    DataError
        If a date cannot be read, an instrument stands twice, or its calibration had expired: the message names the row.

    Examples
    --------
    >>> read_equipment("id,name,valid_until\nT-1,timer|校表仪,2027-01-01\n", at=Instant(0))[0].name_zh
    '校表仪'
    """
    table = read_table(text, required=("id", "name", "valid_until"), aliases=ALIASES)
    found: dict[str, Equipment] = {}
    for row in table.rows:
        name, until = row.text("id"), instant(row.text("valid_until"), end_of_day=True)
        if until is None:
            raise DataError(Message("conformity.capture.bad_date", row=row.number, found=row.text("valid_until") or "—"))
        if until < at:
            raise DataError(
                Message("conformity.capture.expired", row=row.number, name=name or "—", until=row.text("valid_until"))
            )
        if name in found or not name:
            raise DataError(Message("conformity.items.twice", row=row.number, name=name or "—"))
        english, _, chinese = row.text("name").partition("|")
        found[name] = Equipment(name, english, chinese or english, row.text("valid_until"), row.text("certificate"))
    return tuple(found.values())
