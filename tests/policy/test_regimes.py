"""The law as data: every entry sound, sourced and dated, and what a policy makes of it."""

from __future__ import annotations

import datetime
import re
import tomllib
from importlib.resources import files
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consentkit.policy import regimes
from consentkit.policy.load import check
from consentkit.policy.models import Purpose
from consentkit.policy.regimes import Regimes, age_at, builtin, by_id, by_place, kinds, parse_regimes, regime_for
from tests.policies import make_policy, purpose

TEXT = (files("consentkit") / "data" / "regimes.toml").read_text(encoding="utf-8")
WORD = re.compile("[A-Z]+")
COUNTRIES = set(
    tomllib.loads((files("consentkit.pages") / "cldr" / "en.toml").read_text(encoding="utf-8"))["countries"]
)
STATES = frozenset(WORD.findall("""AL AK AZ AR CA CO CT DE DC FL GA HI ID IL IN IA KS KY LA ME MD MA MI MN MS MO MT NE NV NH NJ NM NY
    NC ND OH OK OR PA RI SC SD TN TX UT VT VA WA WV WI WY"""))  # fmt: skip
PROVINCES = frozenset(WORD.findall("AB BC MB NB NL NS NT NU ON PE QC SK YT"))
BINDING = frozenset(WORD.findall("CA CO CT DE MD MN MT NE NH NJ OR TX"))
EEA = frozenset(
    WORD.findall("AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IS IT LI LT LU LV MT NL NO PL PT RO SE SI SK")
)
EVERYWHERE = {"use": sorted(set(by_id()) - {"opt-in"})}


def without(key: str, text: str = TEXT) -> str:
    """The file with the first line of a key taken out."""
    return re.sub(rf"^{key} = .*\n", "", text, count=1, flags=re.MULTILINE)


def changed(before: str, after: str) -> str:
    """The file with the first of one text replaced."""
    assert before in TEXT
    return TEXT.replace(before, after, 1)


@pytest.mark.parametrize(
    "entry", [*builtin().regimes, *builtin().places], ids=lambda e: getattr(e, "code", None) or e.id
)
def test_each_entry_has_a_source_and_a_date(entry: regimes.Entry) -> None:
    """No rule without the law it comes from, where to read it, and the day it was compared (R20)."""
    assert entry.law
    assert re.fullmatch(regimes.SOURCE_PATTERN, entry.source)
    assert datetime.date(2026, 1, 1) <= entry.verified <= datetime.date(2099, 1, 1)


def test_every_code_is_one() -> None:
    """Countries are those of ISO 3166-1, parts of them states and provinces that exist."""
    for code in by_place():
        country, _, part = code.partition("-")
        assert country in COUNTRIES, code
        assert not part or part in {"US": STATES, "CA": PROVINCES}[country], code


def test_the_european_economic_area_is_asked_first() -> None:
    """All thirty countries are there, and nothing is in use there before a decision (R1, R35)."""
    assert EEA == {code for code, place in by_place().items() if place.regime == "opt-in"}
    assert not by_id()["opt-in"].in_use


def test_signals_bind_where_the_law_says_so() -> None:
    """In twelve states GPC binds; in all of the United States it is honoured (R50)."""
    states = {code: place for code, place in by_place().items() if code.startswith("US")}
    assert BINDING == {code[3:] for code, place in states.items() if place.gpc == "binding"}
    assert all(place.regime == "us-opt-out" and place.gpc for place in states.values())
    assert all(place.since for place in states.values() if place.gpc == "binding")
    assert "honoured" == by_place()["US"].gpc


def test_states_that_bind_have_two_sources() -> None:
    """What a law firm's page says of a state is said by somebody else, too, and by somebody who is not the same."""
    for code, place in by_place().items():
        if place.gpc == "binding":
            assert place.also, code
            assert place.also.split("/")[2] != place.source.split("/")[2], code


def test_the_young_of_some_states_are_older() -> None:
    """Where a state's own law protects those above 15, its age counts (R56)."""
    older = {code[3:]: place.age for code, place in by_place().items() if code.startswith("US-") and place.age > 16}
    assert {"CO": 18, "CT": 18, "DE": 18, "MD": 18, "MN": 17, "MT": 18, "NJ": 17} == older


def test_no_behaviour_rests_on_what_is_no_law() -> None:
    """Neither the proposed articles 88a and 88b nor the idea about first-party advertising is in the data (R32, R36)."""
    assert not re.search(r"88[ab]|Omnibus", TEXT)
    assert not by_id()["gb"].in_use & {"opt-out", "plain"}


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (TEXT + re.findall(r"\[\[regimes\]\]\n(?:.+\n)+", TEXT)[1], "regime gb is there twice"),
        (TEXT + re.findall(r"\[\[places\]\]\n(?:.+\n)+", TEXT)[0], "place AT is there twice"),
        (changed('code = "AT"', 'code = "austria"'), "code"),
        (changed('code = "AT"', 'code = "AT-12345"'), "code"),
        (changed('regime = "gb"', 'regime = "uk"'), "names the regime 'uk', which is not there"),
        (without("source"), "source"),
        (without("law"), "law"),
        (without("verified"), "verified"),
        (without("gpc"), "the place US must say what holds of GPC"),
        (changed('code = "AT"\n', 'code = "AT"\ngpc = "binding"\n'), "the place AT must say what holds of GPC"),
        (changed('id = "opt-in"', 'id = "asked-first"'), "the regime 'opt-in' must be there"),
        (changed('banner = "opt-in"', 'banner = "opt-in"\nin_use = ["plain"]'), "in_use"),
        (changed('in_use = ["plain"]\n', ""), "in_use"),
        (changed("age = 16", "age = 12"), "age"),
        (changed('banner = "notice"', 'banner = "none"'), "banner"),
        (changed('source = "https://', 'source = "http://'), "source"),
        ("regimes = 1", "regimes"),
        ("[[", "Invalid"),
    ],
)
def test_unsound_data_is_refused(text: str, says: str) -> None:
    """Duplicates, unknown codes and regimes, missing sources and dates: the file does not load, and says why."""
    with pytest.raises(ValueError, match=re.escape(says)):
        parse_regimes(text)


def test_the_built_in_file_is_sound() -> None:
    """What comes with the package loads."""
    assert isinstance(parse_regimes(TEXT), Regimes)


@pytest.mark.parametrize("place", [None, "", "FR", "GB", "US-CA", "CH", "ZZ", "nowhere"])
def test_without_the_table_everybody_is_asked_first(place: str | None) -> None:
    """A policy without `[regimes]` treats nobody otherwise than the strictest law asks (R35)."""
    assert "opt-in" == regime_for(make_policy(), place).id


@pytest.mark.parametrize(
    ("place", "regime"),
    [
        ("FR", "opt-in"), ("NO", "opt-in"), ("GB", "gb"), ("CH", "ch"), ("US", "us-opt-out"), ("US-CA", "us-opt-out"),
        ("US-NY", "us-opt-out"), ("CA-QC", "ca-qc"), ("CA-ON", "opt-in"), ("CA", "opt-in"), ("BR", "br"), ("BR-SP", "br"),
        ("IN", "in"), ("JP", "opt-in"), (None, "opt-in"), ("", "opt-in"),
    ],
)  # fmt: skip
def test_the_regime_of_a_place(place: str | None, regime: str) -> None:
    """With every regime in use each place has its own, and what no entry names is asked first (R35, R57-R60)."""
    assert regime == regime_for(make_policy(regimes=EVERYWHERE), place).id


def test_a_regime_that_is_not_used_is_not_applied() -> None:
    """The owner restricts: places of other regimes are asked first."""
    policy = make_policy(regimes={"use": ["us-opt-out"]})
    assert ["us-opt-out", "opt-in", "opt-in"] == [regime_for(policy, place).id for place in ("US-CA", "GB", "CH")]


def test_the_owner_overrules_a_place() -> None:
    """A place of the policy's own comes first, for the country as for a part of it."""
    policy = make_policy(
        regimes={
            "use": ["us-opt-out"],
            "places": [{"code": "US-VA", "regime": "opt-in"}, {"code": "AU", "regime": "gb"}],
        }
    )
    found = [regime_for(policy, place).id for place in ("US-VA", "US-CA", "AU", "AU-NSW")]
    assert ["opt-in", "us-opt-out", "gb", "gb"] == found


def test_the_default_is_for_those_from_nowhere_known() -> None:
    """`default` is the regime of unknown places, and of none that the file knows."""
    policy = make_policy(regimes={"default": "us-opt-out"})
    assert ["us-opt-out", "us-opt-out", "opt-in"] == [regime_for(policy, place).id for place in (None, "JP", "US-CA")]


@given(st.text(max_size=8))
def test_no_text_makes_a_place_less_strict(place: str) -> None:
    """Whatever is told as a place, only codes of the file are met otherwise than first asked."""
    regime = regime_for(make_policy(regimes=EVERYWHERE), place)
    assert regime.id == "opt-in" or place in by_place() or place[:2] in by_place()


def test_purposes_that_say_nothing_are_of_no_kind() -> None:
    """Only what a purpose says of itself lets it be in use; silence is asked for everywhere."""
    said: list[dict[str, Any]] = [
        {}, {"opt_out": []}, {"opt_out": ["sale"]}, {"exception": "statistics"}, {"exception": "appearance", "opt_out": []},
    ]  # fmt: skip
    found = [kinds(Purpose.model_validate(purpose("numbers", **each))) for each in said]
    assert [set(), {"plain"}, {"opt-out"}, {"statistics"}, {"appearance", "plain"}] == found


@pytest.mark.parametrize(
    ("regime", "said", "lets"),
    [
        ("opt-in", {"opt_out": [], "exception": "statistics"}, False),
        ("gb", {"exception": "statistics"}, True),
        ("gb", {"exception": "appearance"}, True),
        ("gb", {"opt_out": []}, False),
        ("gb", {"opt_out": ["targeted_ads"]}, False),
        ("ch", {"opt_out": []}, True),
        ("ch", {"opt_out": ["profiling"]}, False),
        ("ch", {"exception": "statistics"}, False),
        ("us-opt-out", {"opt_out": []}, True),
        ("us-opt-out", {"opt_out": ["sale"]}, True),
        ("us-opt-out", {}, False),
        ("br", {"opt_out": []}, False),
        ("in", {"opt_out": []}, False),
        ("ca-qc", {"opt_out": [], "exception": "statistics"}, False),
    ],
)
def test_what_a_regime_lets_be_in_use(regime: str, said: dict[str, Any], lets: bool) -> None:
    """Exceptions count in the United Kingdom alone, advertising nowhere but in opt-out regimes (R29, R31, R57-R60)."""
    assert lets == by_id()[regime].lets(Purpose.model_validate(purpose("numbers", **said)))


def test_ages() -> None:
    """The age below which somebody is a minor is the place's; from nowhere known the Regulation's (R25, R55, R56)."""
    assert [16, 13, 16, 18, 18, 16, 16] == [age_at(code) for code in ("FR", "GB", "US-CA", "US-CT", "IN", None, "JP")]


@pytest.mark.parametrize(
    ("changes", "key", "says"),
    [
        ({"regimes": {"use": ["uk"]}}, "regimes.use[0]", "there is no regime 'uk'"),
        ({"regimes": {"default": "none"}}, "regimes.default", "there is no regime 'none'"),
        ({"regimes": {"places": [{"code": "US-VA", "regime": "x"}]}}, "regimes.places[0].regime", "no regime 'x'"),
        ({"regimes": {"places": [{"code": "virginia", "regime": "gb"}]}}, "regimes.places[0].code", "is no place"),
        ({"regimes": {"places": [{"code": "GB", "regime": "gb"}] * 2}}, "regimes.places", "GB is there twice"),
        ({"regimes": {"place": "headers"}}, "regimes.place", "which field tells the country"),
        ({"regimes": {"place": "cloudflare", "country_header": "X-C"}}, "regimes.place", "not read"),
        ({"regimes": {"place": "headers", "country_header": "X C"}}, "regimes.country_header", "is no header field"),
        ({"regimes": {"use": ["gb"]}, "mode": "shared"}, "regimes", "every visitor gets the same page"),
        (
            {"mode": "shared", "minors": {"age": 16, "text": "No.", "mode": "self-declaration"}},
            "minors.mode",
            "cannot tell minors from others",
        ),
        (
            {"mode": "shared", "minors": {"age": 16, "text": "No.", "audience": "children"}},
            "minors.audience",
            "cannot tell minors from others",
        ),
        ({"dnt": "deny"}, "dnt", "the policy page would say that the Do Not Track field is not acted on"),
        (
            {"purposes": [purpose("a", exception="statistics", opt_out=["sale"])]},
            "purposes[0].exception",
            "no exception is",
        ),
        ({"purposes": [purpose("a", exception="statistics", asked="form")]}, "purposes[0].exception", "anyway"),
    ],
)
def test_a_policy_that_cannot_be_meant_is_refused(changes: dict[str, Any], key: str, says: str) -> None:
    """Each mistake is named with its key: unknown regimes, unread fields, shared pages, an untrue statement (R53)."""
    data = {**make_policy().model_dump(mode="json", exclude_defaults=True), "services": [], **changes}
    problems = {problem.key: problem.what for problem in check(data)}
    assert says in problems.get(key, ""), problems


def test_a_site_may_refuse_do_not_track_with_a_statement() -> None:
    """With `dnt_response` of its own a policy may count the field as a refusal (R53)."""
    assert "deny" == make_policy(dnt="deny", dnt_response="A Do Not Track field is a refusal here.").dnt
