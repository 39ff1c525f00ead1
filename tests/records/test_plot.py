"""A line chart of rates."""

from __future__ import annotations

import xml.etree.ElementTree as ET

import pytest

from consentkit.records.plot import line_chart
from tests.records.charts import SVG, marks


@pytest.mark.parametrize("number", [0, 1, 2, 100])
def test_the_picture(number: int) -> None:
    """The chart is well-formed, names each series, and escapes what others wrote."""
    labels = [f"w{i}" for i in range(number)]
    series = {"a<b>&c": dict.fromkeys(labels, 0.5), "gaps": dict.fromkeys(labels[::3], 1.0)}
    root = ET.fromstring(line_chart("A & B", labels, series))
    texts = [element.text for element in root.iter(f"{SVG}text")]
    assert {"A & B", "a<b>&c", "gaps", "0 %", "100 %"} <= set(texts)
    assert 2 == len(list(root.iter(f"{SVG}polyline")))
    assert number + -(-number // 3) == len(marks(ET.tostring(root, encoding="unicode")))
    assert len([text for text in texts if text and text.startswith("w")]) <= 9


def test_equal_rates_do_not_hide_each_other() -> None:
    """In a picture of one week, too, each series has a mark in a place and of a form of its own, and its value in words."""
    drawn = line_chart("x", ["a"], {name: {"a": 0.5} for name in "abc"} | {"d": {"a": 0.9}, "e": {}})
    shapes = [mark.get("d") or "" for mark in marks(drawn)]
    places = [float(shape[1:].split()[0]) for shape in shapes]
    assert 4 == len({shape.split("h")[0].split("a")[0].split("l")[0] for shape in shapes})
    assert places[:3] == sorted(set(places[:3]))
    lines = [line.get("stroke-dasharray") for line in ET.fromstring(drawn).iter(f"{SVG}polyline")]
    assert 5 == len(set(lines))
    texts = [element.text for element in ET.fromstring(drawn).iter(f"{SVG}text")]
    assert ["50 %", "a", "50 %", "b", "50 %", "c", "90 %", "d", "–", "e"] == texts[-10:]
