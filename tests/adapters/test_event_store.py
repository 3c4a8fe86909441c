# SPDX-License-Identifier: Apache-2.0
from pathlib import Path

import pytest
from tests.trace.epcis_questions import QUESTIONS, agree, fill

from sichen.adapters.epcis.store import EventStore


@pytest.mark.slow
def test_either_database_gives_the_answers_that_the_judge_of_single_events_gives(
    address: str, tmp_path: Path, shared: Path
) -> None:
    with EventStore(tmp_path / "events", database=address) as store:
        fill(store, shared)
        agree(store, QUESTIONS, {"orderBy": "eventTime", "orderDirection": "ASC"})
        assert store.names("bizSteps").members
        assert store.master.descendants("urn:a:house") == ["urn:a:house"]
