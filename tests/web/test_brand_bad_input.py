# SPDX-License-Identifier: Apache-2.0
"""What a brand's files must not say is refused by row and column on the command line, by a page and by the interface alike."""

from pathlib import Path

import pytest
from tests.web.conftest import Call

from sichen.adapters.sample_brands import sample_file
from sichen.cli.__main__ import run

Case = tuple[str, str, list[str], dict[str, str], str, list[str]]
"""Verb, page, options of the verb, fields of the form, the file, and what the refusal says."""
ENGLISH = {"accept-language": "en"}
CASE_HEAD = '[brand]\nname = "X"\ncurrency = "CNY"\nyear = 2025\n[inputs]\n'
CHOICES = "person,task,choice,price,weight\n"
READ = {"columns": "price", "case": "task", "person": "person"}
OPTIONS = ["--columns", "price", "--case", "task", "--person", "person"]
PAIR = "a,1,1,{0},{1}\na,1,0,{2},{1}\n"
NORMS = ["-B", "0.5", "-W", "2.4"]
BAD: list[Case] = [
    ("value", "value", [], {}, CASE_HEAD + 'sales = { value = -3.0, source = "a" }', ["sales", "-3"]),
    ("value", "value", [], {}, CASE_HEAD + 'tax = { value = 25.0, source = "a" }', ["tax", "100 %"]),
    ("value", "value", [], {}, CASE_HEAD + 'sales = { value = 3.0, source = "a", currency = "USD" }', ["sales", "USD"]),
    ("value", "value", [], {}, CASE_HEAD + 'sales = { value = 3.0, source = "a", year = 2019 }', ["sales", "2019"]),
    ("strength", "strength", [], {}, '[brand]\nname = "X"\nyear = 2025\n[indicators]\nresearch = { value = 120.0, source = "a" }',
     ["research", "120"]),
    ("survey", "survey", [], {}, "respondent,brand,aided\na,X,1\na,X,1\n", ["row 3", "row 2"]),
    ("survey", "survey", [], {}, "respondent,brand,aided,weight\na,X,1,\n", ["row 2", "weight"]),
    ("survey", "survey", [], {}, "respondent,brand,reputation\na,X,101\n", ["row 2", "reputation", "101"]),
    ("hedonic", "price", [], {}, "brand,price,currency\nA,10,CNY\nB,12,USD\n", ["row 3", "currency", "USD"]),
    ("hedonic", "price", [], {}, "brand,price,year\nA,10,2024\nB,12,2025\n", ["row 3", "year", "2025"]),
    ("hedonic", "price", [], {}, "brand,price\nA,-10\n", ["row 2", "price"]),
    ("map", "map", [], {}, "brand,a,b,c\nX,1,2,3\nY,4,-5,6\nZ,1,1,1\n", ["row 3", "column b", "-5"]),
    ("dirichlet", "dirichlet", NORMS, {}, "brand,market_share,penetration_obs\nA,28,0.2\n", ["row 2", "market_share", "0.28"]),
    ("dirichlet", "dirichlet", NORMS, {}, "brand,market_share,penetration_obs\nA,0.2,0.2\nA,0.1,0.1\n", ["row 3", "brand"]),
    ("segments", "segments", [], {}, "respondent,q\na,yes\na,no\n", ["row 3", "respondent"]),
    ("mentions", "mentions", [], {}, "day,mentions\n2026-01-01,4\n2026-01-02,-4\n", ["row 3", "mentions"]),
    ("mentions", "mentions", [], {}, "day,mentions\n2026-01-01,4\n2026-01-01,5\n", ["row 3", "day"]),
    ("mnl", "choice", OPTIONS, READ, CHOICES + PAIR.format("3", "1", "3"), ["price"]),
    ("mnl", "choice", OPTIONS, READ, CHOICES + PAIR.format("", "1", "3"), ["row 2", "price"]),
    ("mnl", "choice", [*OPTIONS, "--weights", "weight"], {**READ, "weights": "weight"}, CHOICES + PAIR.format("2", "", "3"),
     ["row 2", "weight"]),
    ("mixlogit", "tastes", OPTIONS, READ, CHOICES + PAIR.format("3", "1", "3"), ["price"]),
    ("hb", "tastes", OPTIONS, {**READ, "model": "hb"}, CHOICES + PAIR.format("3", "1", "3"), ["price"]),
    ("design", "design", [], {}, "tasks = 2\nalternatives = 2\n[attributes]\nprice = [1, 2, 3]\nbrand = ['a', 'b', 'c', 'd']\n", ["2"]),
    ("strategy", "strategy", [], {}, '[brand]\nname = "X"\n[[channels]]\nkind = "chain"\nshare = 120.0', ["120"]),
]  # fmt: skip
ROUTES = {"price": "hedonic"}
QUESTIONS = {"dirichlet": {"category_penetration": "0.5", "category_purchases": "2.4"}}


@pytest.mark.parametrize("case", BAD, ids=lambda case: f"{case[0]}-{case[-1][-1]}")
def test_bad_input_is_refused_alike_everywhere(
    call: Call, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, case: Case
) -> None:
    verb, page, options, fields, text, says = case
    monkeypatch.setenv("SICHEN_LANGUAGE", "en")
    monkeypatch.chdir(tmp_path)
    Path("bad").write_text(text, encoding="utf-8")
    assert run(["brand", verb, *options, "bad"]) == 2
    told = capsys.readouterr().err
    assert all(word in told for word in says), told

    form = {"main": text, **fields}
    shown = call("POST", f"/brand/{page}", data=form, headers=ENGLISH)
    assert shown.status_code == 422
    assert 'role="alert"' in shown.text

    if "weights" in fields:  # the interface of choices takes none
        return
    route = f"/api/brand/{ROUTES.get(page, page)}"
    answer = call(
        "POST", route, data={**fields, **QUESTIONS.get(page, {})}, files={"file": ("bad", text.encode())}, headers=ENGLISH
    )
    assert answer.status_code == 422
    assert answer.headers["content-type"].startswith("application/problem+json")
    assert all(word in answer.text for word in says), answer.text


def test_the_fields_of_a_value_compute_download_and_lose_nothing(call: Call) -> None:
    """The sample fills the fields; another price is computed, a wrong one stays in its field with everything else."""
    text = sample_file("value.toml").decode()
    brand = {"brand_name": "Sinan", "brand_currency": "CNY", "brand_year": "2025", "brand_scale": "1e6", "brand_years": "5",
             "brand_edition": "GB/T 29188-2022"}  # fmt: skip
    inputs = {"sales_value": "860", "sales_source": "accounts", "market_multiple_value": "0.9",
              "market_multiple_source": "two sales of firms"}  # fmt: skip
    right = call("POST", "/brand/value", data={"main": "", **brand, **inputs, "as": "fields"}, headers=ENGLISH)
    assert right.status_code == 200
    assert "774" in right.text
    file = call("POST", "/brand/value", data={"main": text, **brand, **inputs, "as": "toml"}, headers=ENGLISH)
    assert file.headers["content-type"] == "application/toml"
    assert 'sales = { value = 860, source = "accounts"' in file.text
    assert "[[spending]]" in file.text
    assert "[report]" in file.text
    wrong = call(
        "POST", "/brand/value", data={"main": "", **brand, **inputs, "sales_value": "many", "as": "fields"}, headers=ENGLISH
    )
    assert wrong.status_code == 422
    assert "sales" in wrong.text
    assert 'name="sales_value" value="many"' in wrong.text
    assert 'name="market_multiple_source" value="two sales of firms"' in wrong.text
