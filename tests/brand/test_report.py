# SPDX-License-Identifier: Apache-2.0
"""Report and pictures: every heading, every source, both languages; nothing that was typed becomes markup."""

import xml.etree.ElementTree as ET

import numpy as np
import pytest

from sichen.adapters.sample_brands import sample_file
from sichen.brand import (
    Row,
    perceptual_map,
    plane_svg,
    read_case,
    read_observed,
    report_html,
    report_sections,
    rows_svg,
    strength_of,
    tornado_svg,
    value,
    value_by,
)
from sichen.core import Language

CASE = sample_file("value.toml").decode()
FOUND = value(read_case(CASE), draws=256)
STRENGTH = strength_of(read_observed(sample_file("strength.toml").decode()), draws=64)
HEADINGS = {
    "en": [
        "Purpose",
        "Legal analysis",
        "Behavioural analysis",
        "Financial analysis",
        "Assumptions",
        "Sensitivity",
        "Limitations",
    ],
    "zh": ["评价目的", "法律分析", "行为分析", "财务分析", "假设条件", "敏感性分析", "使用限制"],
}


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_report_has_every_heading_and_every_source(language: Language) -> None:
    sections = report_sections(FOUND, language=language, strength=STRENGTH)
    headings = " | ".join(one.heading for one in sections)
    assert all(heading in headings for heading in HEADINGS[language])
    text = report_html(FOUND, languages=[language], strength=STRENGTH)
    for name in ("net_profit", "brand_share", "royalty_high", "price_reference"):
        assert FOUND.case.inputs[name].source.split("'")[0] in text
    assert FOUND.case.digest in text


def test_what_the_case_does_not_say_is_said_to_be_missing() -> None:
    bare = value(read_case('[brand]\nname = "X"\ncurrency = "CNY"\nyear = 2024\n[inputs]'), draws=16)
    text = report_html(bare, languages=["en", "zh"])
    assert text.count("Not stated in the case.") >= 5
    assert "没有适用的方法" in text


def test_a_default_stands_among_the_assumptions() -> None:
    sections = report_sections(FOUND, language="en")
    said = next(one for one in sections if one.heading == "Assumptions").paragraphs
    assert any("recalled" in text for text in said)


def test_what_was_typed_does_not_become_markup() -> None:
    text = CASE.replace('name = "Sinan"', 'name = "<script>alert(1)</script>"')
    assert "<script>" not in report_html(value(read_case(text), draws=16))


def test_the_pictures_are_well_formed_and_read_aloud() -> None:
    best = value_by(read_case(CASE), "excess-earnings", draws=64)
    table = np.array([[60, 20, 5], [10, 50, 20], [8, 15, 70]], np.float64)
    plane = perceptual_map(["a<b", "b&c", "d"], ["x", "y", "z"], table, draws=20)
    for svg in (tornado_svg(best, language="zh"), plane_svg(plane, title="map"), rows_svg([Row("a", "1")], title="none")):
        root = ET.fromstring(svg)
        assert root.find("{http://www.w3.org/2000/svg}title") is not None
        assert " style=" not in svg


def test_a_point_stands_inside_its_interval_and_open_ends_reach_the_edge() -> None:
    svg = rows_svg([Row("a", "1", 2.0, 1.0, 3.0), Row("b", "2", 2.0, 1.0, None)], title="t")
    root = ET.fromstring(svg)
    lines = [one for one in root.iter("{http://www.w3.org/2000/svg}line") if one.get("class") == "interval"]
    circles = list(root.iter("{http://www.w3.org/2000/svg}circle"))
    for line, circle in zip(lines, circles, strict=True):
        assert float(str(line.get("x1"))) < float(str(circle.get("cx"))) < float(str(line.get("x2")))
    assert float(str(lines[1].get("x2"))) == 432.0
