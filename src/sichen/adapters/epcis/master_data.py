# SPDX-License-Identifier: Apache-2.0
"""Master data of places: what is inside what, and attributes, as captured documents told them."""

from collections.abc import Sequence

from sichen.adapters.ledger.opening import HouseLedger
from sichen.adapters.ledger.statements import Statements
from sichen.trace.epcis.event import Document, table_of, tables_of, text_of, texts_of
from sichen.trace.epcis.hash_text import value_text
from sichen.trace.epcis.keys import canonical_key


class StoredMasterData:
    """The master data of a store; the latest statement about an element replaces the one before."""

    def __init__(self, ledger: HouseLedger) -> None:
        self._ledger = ledger

    def descendants(self, name: str) -> Sequence[str]:
        """Return a place and everything inside it, at any depth."""
        top = canonical_key(name)
        with self._ledger.backend.reading() as statements:
            collation = ' COLLATE "C"' if statements.dialect == "postgresql" else ""
            rows = statements.run(
                f"WITH RECURSIVE inside (id) AS (SELECT CAST(? AS TEXT){collation} UNION SELECT c.child FROM epcis_child c"  # noqa: S608 - blanks
                " JOIN inside i ON c.parent = i.id) SELECT id FROM inside",
                (top,),
            )
        return [str(value) for (value,) in rows]

    def having(self, attribute: str, values: Sequence[str] | None) -> Sequence[str]:
        """Return what has an attribute, or has it with one of some values."""
        statement, blanks = "SELECT DISTINCT id FROM epcis_attribute WHERE name = ?", [attribute]
        if values is not None:
            statement += f" AND value IN ({', '.join('?' * len(values))})"
            blanks += values
        with self._ledger.backend.reading() as statements:
            return [str(value) for (value,) in statements.run(statement, blanks)]

    def keep(self, document: Document) -> int:
        """Keep the master data of a document; return how many elements it had."""
        header = table_of(table_of(document.envelope.get("epcisHeader")).get("epcisMasterData"))
        elements = [
            one for vocabulary in tables_of(header, "vocabularyList") for one in tables_of(vocabulary, "vocabularyElementList")
        ]
        if not elements:
            return 0
        children, attributes, names = [], [], []
        for element in elements:
            name = canonical_key(text_of(element, "id"))
            names.append((name,))
            children += [(name, canonical_key(child)) for child in texts_of(element, "children")]
            attributes += [
                (name, text_of(one, "id"), value_text(one.get("attribute"))) for one in tables_of(element, "attributes")
            ]

        def work(statements: Statements) -> None:
            statements.run_many("DELETE FROM epcis_child WHERE parent = ?", names)
            statements.run_many("DELETE FROM epcis_attribute WHERE id = ?", names)
            statements.run_many("INSERT INTO epcis_child (parent, child) VALUES (?, ?) ON CONFLICT DO NOTHING", children)
            statements.run_many(
                "INSERT INTO epcis_attribute (id, name, value) VALUES (?, ?, ?) ON CONFLICT DO NOTHING", attributes
            )

        self._ledger.writer.run(work)
        return len(elements)
