# SPDX-License-Identifier: Apache-2.0
"""From a questionnaire on paper to a fitted model: answers are joined to the design, and what was never offered is refused."""

import io

import numpy as np
import pytest

from sichen.adapters.brand_desk import Sent
from sichen.adapters.brand_market_desk import answers_csv, choices_from_answers, choices_of, design_of, questionnaire_csv
from sichen.adapters.sample_brands import sample_file
from sichen.brand import fit_logit
from sichen.core import DataError

MADE = design_of(Sent(sample_file("design.toml"), "design.toml"))
QUESTIONS = Sent(questionnaire_csv(MADE).encode(), "questionnaire.csv")


def test_answers_by_a_known_taste_give_that_taste_back() -> None:
    """300 people, ten tasks: price −0.8, Sinan +1, "none" −1.5 against a free Borea; each found within four standard errors."""
    generator = np.random.default_rng(3)
    sheet = answers_csv(MADE, 300).splitlines()
    rows = []
    for person in range(1, 301):
        taken = []
        for task in sorted({row["task"] for row in MADE.rows()}, key=int):
            offers = [row for row in MADE.rows() if row["task"] == task]
            worth = [-1.5 if one["alternative"] == "none" else _worth(one) for one in offers]
            taken.append(offers[int(np.argmax(np.array(worth) + generator.gumbel(size=len(worth))))]["alternative"])
        rows.append(",".join([str(person), *taken]))
    text = choices_from_answers(QUESTIONS, Sent("\n".join([sheet[0], *rows, ""]).encode(), "answers.csv"))
    fields = {"columns": "brand,movement,certificate,price,none", "case": "task", "person": "person"}
    fit = fit_logit(choices_of(Sent(text.encode(), "choices.csv"), fields))
    found = dict(zip(fit.names, zip(fit.coefficients, fit.errors, strict=True), strict=True))
    for name, truth in (("price", -0.8), ("brand=Sinan", 1.0)):
        assert abs(found[name][0] - truth) < 4 * found[name][1], name


def _worth(one: dict[str, str]) -> float:
    return -0.8 * float(one["price"]) + (one["brand"] == "Sinan") + 0.3 * float(one["certificate"])


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda rows: [*rows, rows[1]], "row 4, column person"),
        (lambda rows: [rows[0], rows[1].replace("1,", "1,7", 1), rows[2]], "row 2, column task_1"),
        (lambda rows: [rows[0].replace("task_3", "other"), *rows[1:]], "task_3"),
    ],
)
def test_a_sheet_that_does_not_fit_is_refused_by_row_and_column(change: object, says: str) -> None:
    rows = answers_csv(MADE, 2).splitlines()
    assert callable(change)
    text = io.StringIO("\n".join(change(rows)) + "\n").getvalue()
    with pytest.raises(DataError) as refused:
        choices_from_answers(QUESTIONS, Sent(text.encode(), "answers.csv"))
    assert says in str(refused.value)
