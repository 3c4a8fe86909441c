# SPDX-License-Identifier: Apache-2.0
"""Where the published EPCIS documents are; they are not ours to ship, only to test against."""

from pathlib import Path


def jsonld_documents(shared: Path) -> list[Path]:
    """Return every JSON-LD document with events."""
    folder = shared / "trace"
    return sorted(
        [
            *(folder / "gs1-epcis" / "JSON").rglob("*.jsonld"),
            *(folder / "openepcis-test-resources" / "2.0").rglob("*.json"),
            *(folder / "epcis-event-hash" / "examples").glob("*.jsonld"),
        ]
    )


def xml_documents(shared: Path) -> list[Path]:
    """Return every XML document with events or master data; capture jobs are answers of a server."""
    folder = shared / "trace"
    found = [*(folder / "gs1-epcis" / "XML").rglob("*.xml"), *(folder / "openepcis-test-resources" / "2.0").rglob("*.xml")]
    return sorted(path for path in found if path.parent.name != "CaptureJob")
