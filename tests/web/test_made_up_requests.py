# SPDX-License-Identifier: Apache-2.0
from pathlib import Path

import pytest
from fastapi import FastAPI
from tests.web.made_up_requests import ask_product, ask_standard

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore")]  # of schemathesis about descriptions


def test_no_request_that_the_standard_allows_makes_the_server_fail(app: FastAPI, shared: Path) -> None:
    description = shared / "trace" / "gs1-epcis" / "REST Bindings" / "openapi.json"
    answers = ask_standard(app, description, each=4)
    app.state.epcis.close()
    assert not answers.failures
    assert answers.statuses.total() > 150


def test_no_request_that_the_product_describes_makes_it_fail_or_answer_otherwise_than_described(app: FastAPI) -> None:
    answers = ask_product(app, each=5)
    assert not answers.failures
    assert not answers.breaches
    assert answers.statuses.total() > 250
