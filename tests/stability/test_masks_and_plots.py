# SPDX-License-Identifier: Apache-2.0
"""Masks are data with a source, comparisons say how sure they are, pictures obey a strict page."""

import xml.etree.ElementTree as ET

import numpy as np
import pytest

from sichen.core import DataError, NotFound
from sichen.stability import Mask, PhaseSeries, compare, deviations, mask, masks, plot_svg, simulate_noise

RECORD = PhaseSeries.from_phase(simulate_noise(5001, alpha=0, seed=4, deviation=1e-11).phase, tau0=1.0)


@pytest.mark.parametrize("identifier", list(masks()))
def test_a_mask_has_a_source_two_names_and_no_hole(identifier: str) -> None:
    found = mask(identifier)

    assert found.source
    assert found.name("zh") != found.name("en")
    tau = np.geomspace(found.pieces[0].first, found.pieces[-1].last, 500)
    limits = found.limit(tau)
    assert np.isfinite(limits).all()
    assert (np.diff(limits) >= -1e-15).all()
    for left, right in zip(found.pieces, found.pieces[1:], strict=False):
        assert left.last == right.first
        joint = np.array([left.last])
        assert left.at(joint)[0] == pytest.approx(right.at(joint)[0], rel=0.01)


def test_a_comparison_tells_inside_from_certainly_inside() -> None:
    result = deviations(RECORD, "tdev", alpha=0)
    limit = Mask.from_points("mine", "tdev", [(1.0, result.deviation[0] * 1.001), (1e4, 1e-3)])
    found = compare(result, limit)

    assert found.passed is True
    assert found.certain is False
    assert found.worst_tau == 1.0
    assert compare(result, Mask.from_points("low", "tdev", [(1.0, 1e-30), (1e4, 1e-30)])).passed is False


def test_limits_that_were_recalled_say_so() -> None:
    found = compare(deviations(RECORD, "tdev", alpha=0), mask("G.811-TDEV"))

    assert found.passed
    assert "recalled" in found.advice[0].text("en")


def test_a_mask_for_something_else_is_refused() -> None:
    with pytest.raises(DataError, match="limits mtie"):
        compare(deviations(RECORD, "tdev", alpha=0), mask("G.811-MTIE"))
    with pytest.raises(NotFound, match="known: G\\.811-MTIE"):
        mask("G.000")
    with pytest.raises(DataError, match="rising"):
        Mask.from_points("x", "tdev", [(2.0, 1.0), (1.0, 1.0)])
    elsewhere = compare(deviations(RECORD, "tdev", alpha=0), Mask.from_points("x", "tdev", [(1e6, 1.0), (1e7, 1.0)]))
    assert elsewhere.passed is None


def test_a_picture_is_valid_and_has_no_style_no_script_and_nothing_from_outside() -> None:
    results = [deviations(RECORD, "oadev"), deviations(RECORD, "mdev", taus="all"), deviations(RECORD, "totdev", taus="decade")]
    text = plot_svg(results)
    root = ET.fromstring(text)

    for element in root.iter():
        assert "style" not in element.attrib
        assert element.tag.split("}")[1] in {"svg", "g", "line", "rect", "text", "path", "circle", "title", "desc"}
        assert not any(name.startswith("on") or "href" in name for name in element.attrib)
    words = [element.text for element in root.iter("{http://www.w3.org/2000/svg}text")]
    assert {"OADEV", "MDEV", "TOTDEV", "s/d"} <= set(words)
    assert len(text) < 200_000


def test_every_point_stands_where_its_values_say() -> None:
    """Two results apart by a factor of ten have all their points apart by one decade of the axis."""
    one = deviations(RECORD, "oadev", alpha=0)
    other = deviations(PhaseSeries.from_phase(RECORD.phase * 10.0, tau0=1.0), "oadev", alpha=0)
    root = ET.fromstring(plot_svg([one, other], names=["a", "b"]))
    space = "{http://www.w3.org/2000/svg}"
    first = [float(c.attrib["cy"]) for c in root.iter(f"{space}circle")]
    second = [float(r.attrib["y"]) + 2.8 for r in root.iter(f"{space}rect") if r.attrib.get("width") == "5.6"]

    apart = np.array(first) - np.array(second)
    assert len(first) == one.tau.size
    np.testing.assert_allclose(apart, apart[0], atol=0.02)


def test_a_picture_speaks_chinese_and_names_a_recalled_mask() -> None:
    text = plot_svg(deviations(RECORD, "mtie"), masks=mask("G.811-MTIE"), language="zh")

    assert "取样时间 τ，秒" in text
    assert "限值未核实" in text
    assert "<desc>MTIE" in text
    assert "秒/日" not in text


def test_names_are_text_and_not_markup() -> None:
    text = plot_svg(deviations(RECORD, "oadev"), names=["<b>&\"'"])

    assert "<b>" not in text
    ET.fromstring(text)


def test_what_cannot_be_drawn_is_refused() -> None:
    with pytest.raises(DataError, match="cannot share"):
        plot_svg([deviations(RECORD, "oadev"), deviations(RECORD, "tdev")])
    line = PhaseSeries.from_phase(np.arange(50.0), tau0=1.0)
    with pytest.raises(DataError, match="nothing to draw"):
        plot_svg(deviations(line, "oadev", alpha=0))
    single = deviations(RECORD, "oadev", taus=[4.0])
    ET.fromstring(plot_svg(single))


def test_a_result_is_json_and_csv_with_its_conventions() -> None:
    found = deviations(RECORD, "totdev", confidence=0.95)
    data = found.to_json()

    assert {"tau_s", "deviation", "lower", "upper", "n", "noise", "edf", "bias", "edf_model", "alpha_source"} <= set(data)
    assert data["confidence"] == 0.95
    assert found.to_csv().splitlines()[0].startswith("tau_s,deviation")
    assert len(found.to_csv().splitlines()) == found.tau.size + 1
    assert found.at(2.0) == 1
    np.testing.assert_array_equal(found.bounds(0.95), (found.lower, found.upper))
    with pytest.raises(DataError, match="not computed"):
        found.at(3.0)
