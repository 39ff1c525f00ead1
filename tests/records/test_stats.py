"""Rates, and their picture."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Callable

import pytest

from consentkit.consent.fields import state
from consentkit.consent.record import Record
from consentkit.records.plot import line_chart
from consentkit.records.stats import ALL, ENOUGH, Count, collect, week

SVG = "{http://www.w3.org/2000/svg}"


def marks(drawn: str) -> list[ET.Element]:
    """The marks of the values in a picture."""
    return [path for path in ET.fromstring(drawn).iter(f"{SVG}path") if path.get("class") == "mark"]


def test_requests_are_no_answers(make_record: Callable[..., Record]) -> None:
    """What waits for its confirmation counts neither as a yes nor as a no; what confirms it counts once."""
    waiting = make_record(1, choices={"letter": False}, signals=("pending",), source="form")
    confirmed = make_record(
        2, choices={"letter": True}, signals=("confirmed",), source="email", previous=waiting.record_id
    )
    assert [(ALL, "letter", Count(1, 1))] == collect([waiting, confirmed]).rows(ALL)
    assert "ConsentRequested" == state(waiting, None, "letter")
    assert "ConsentGiven" == state(confirmed, waiting, "letter")


def test_a_single_service_is_a_yes(make_record: Callable[..., Record]) -> None:
    """Who allows one film at its placeholder has not refused films: the purpose counts as granted, in part."""
    film = make_record(1, source="placeholder", choices={"media": False}, services={"media": ("tube",)})
    assert [(ALL, "media", Count(1, 1))] == collect([film]).rows(ALL)
    assert "ConsentGiven" == state(film, None, "media")
    refused = make_record(2, source="preferences", choices={"media": False}, services={})
    assert "ConsentWithdrawn" == state(refused, film, "media")


def test_weeks_without_decisions_have_their_place(make_record: Callable[..., Record]) -> None:
    """The axis has every week, over New Year's Day too; thin ones are told apart."""
    day = 86_400
    new_year = 1_798_761_600  # 1 January 2027, of the week 2026-W53
    many = [make_record(number, at=new_year + 14 * day, choices={"media": True}) for number in range(ENOUGH)]
    stats = collect([make_record(100, at=new_year - 7 * day, choices={"media": False}), *many])
    assert ["2026-W52", "2026-W53", "2027-W01", "2027-W02"] == stats.weeks
    assert {"2026-W52"} == stats.thin_weeks
    assert [] == collect([]).weeks
    drawn = line_chart("x", stats.weeks, {"media": stats.rates("media")}, hollow=stats.thin_weeks, note="few & far")
    assert ["#fff", "#0072b2"] == [mark.get("fill") for mark in marks(drawn)]
    assert "few &amp; far" in drawn
    assert "few" not in line_chart("x", ["a"], {}, hollow=stats.thin_weeks, note="few & far")


def test_counts(make_record: Callable[..., Record]) -> None:
    """Each decision counts for its purposes, in all, and by source, language and week."""
    stats = collect(
        [
            make_record(1, at=0),
            make_record(2, at=0, source="preferences", previous="x", choices={"analytics": False}, services={}),
            make_record(3, at=1_780_000_000, language="de", choices={"analytics": True}),
        ]
    )
    assert (3, 2, ["analytics", "marketing"]) == (stats.records, stats.first, stats.purposes)
    assert [(ALL, "analytics", Count(3, 2)), (ALL, "marketing", Count(1, 0))] == stats.rows(ALL)
    assert ("preferences", "analytics", Count(1, 0)) in stats.rows("source")
    assert ("de", "analytics", Count(1, 1)) in stats.rows("language")
    assert {"1970-W01": 0.5, "2026-W22": 1.0} == stats.rates("analytics")
    assert 0.0 == Count().rate


@pytest.mark.parametrize(
    ("at", "expected"), [(0, "1970-W01"), (1_767_225_599, "2026-W01"), (1_609_459_200, "2020-W53")]
)
def test_weeks(at: int, expected: str) -> None:
    """Weeks are ISO 8601's, also around the new year."""
    assert expected == week(at)


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
