"""The figure is valid SVG of its own, the same for the same records, with marks where values are."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import pytest

from idsbench.worth_figure import NONE, _nice, figure
from idsbench.worth_series import series_of

NAME = "{http://www.w3.org/2000/svg}"


def _figure(*records: object) -> ElementTree.Element:
    return ElementTree.fromstring(figure(series_of(records), "toy"))


def _marks(drawing: ElementTree.Element, colour: str) -> list[ElementTree.Element]:
    return [one for one in drawing.iter() if one.get("fill") == colour]


def test_the_same_records_give_the_same_bytes_in_any_order(record):
    records = [record(protocol, seed) for protocol in ("clean", "grouped") for seed in (0, 1)]
    assert figure(series_of(records), "t") == figure(series_of(records[::-1]), "t")


def test_each_value_has_a_mark_and_each_missing_one_has_none(record):
    drawing = _figure(record("clean"), record("grouped", fpr_unseen=None))
    # One mark of each colour stands in the key.
    assert len(_marks(drawing, "#0072B2")) == 3
    assert len(_marks(drawing, "#009E73")) == 2


def test_where_there_is_no_threshold_for_one_percent_the_figure_says_so(record):
    drawing = _figure(record("clean"), record("grouped", tpr_at_fpr_1pct=None))
    assert [one.text for one in drawing.iter(f"{NAME}text")].count(NONE) == 1


def test_a_bar_reaches_from_the_least_to_the_greatest_seed(record):
    drawing = _figure(record("clean", fpr=0.125), record("clean", 1, fpr=0.25), record("grouped"))
    bars = [one for one in drawing.iter(f"{NAME}line") if one.get("stroke") == "#0072B2"]
    (low, high), *_ = [(float(bar.attrib["x1"]), float(bar.attrib["x2"])) for bar in bars]
    assert (low, high) == pytest.approx((120 + 430 * 0.25, 120 + 430 * 0.5), abs=0.1)


def test_nothing_leaves_the_drawing(record):
    extremes = {"fpr": 1.0, "fpr_real": 1.0, "fpr_unseen": 1.0, "tpr_at_fpr_1pct": 1.0}
    drawing = _figure(record("clean", **extremes), record("grouped", fpr=0.0))
    width, height = float(drawing.attrib["width"]), float(drawing.attrib["height"])
    for one in drawing.iter(f"{NAME}circle"):
        assert 0 <= float(one.attrib["cx"]) <= width
        assert 0 <= float(one.attrib["cy"]) <= height


def test_text_from_a_record_stays_text(record):
    hostile = "</text><script>alert(1)</script>\x1b[2J"
    drawing = _figure(*(record(p, model=m) for p in ("clean", "grouped") for m in (hostile, "b")))
    assert not list(drawing.iter(f"{NAME}script"))
    assert "\x1b" not in ElementTree.tostring(drawing, "unicode")


def test_it_fetches_nothing(record):
    text = figure(series_of([record("clean"), record("grouped")]), "toy")
    assert re.findall(r"https?://[^\"]+", text) == ["http://www.w3.org/2000/svg"]
    assert "href" not in text


@pytest.mark.parametrize(
    ("value", "end"), [(0.0, 0.01), (0.003, 0.005), (0.012, 0.02), (0.2, 0.2), (0.7, 1.0), (1, 1)]
)
def test_an_axis_ends_at_a_round_number_that_holds_all_values(value, end):
    assert _nice(value) == pytest.approx(end)
