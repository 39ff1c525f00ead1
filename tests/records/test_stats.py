"""Rates, and their picture."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from consentkit.consent.fields import state
from consentkit.consent.record import Record
from consentkit.records.plot import line_chart
from consentkit.records.stats import ALL, ENOUGH, Count, collect, week
from tests.records.charts import marks


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
