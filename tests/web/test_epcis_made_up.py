# SPDX-License-Identifier: Apache-2.0
from pathlib import Path

import pytest
from fastapi import FastAPI
from tests.web.epcis_requests import ask_all


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")  # of schemathesis about a description that is not ours
def test_no_request_that_the_standard_allows_makes_the_server_fail(app: FastAPI, shared: Path) -> None:
    description = shared / "trace" / "gs1-epcis" / "REST Bindings" / "openapi.json"
    answers, failures = ask_all(app, description, each=4)
    app.state.epcis.close()
    assert not failures
    assert answers.total() > 150
