"""A device's decision and an account's: which one holds, for how long, and what is kept."""

from __future__ import annotations

import json
from typing import Any, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consentkit.consent.account import Account, dump_account, parse_account, settle
from consentkit.consent.state import Choice, Consent
from consentkit.errors import UsageError
from tests.policies import exempt, make_policy, purpose, service

POLICY = make_policy(
    purposes=[exempt("basket"), purpose("numbers", opt_out=[]), purpose("ads", opt_out=["sale"])], account="latest"
)
ME, OTHER = "a" * 32, "b" * 32
FIRST, SECOND = "00000000-0000-4000-8000-000000000001", "00000000-0000-4000-8000-000000000002"
NOW = 1_795_400_000
DAY = 86_400
YES, NO = Choice(granted=True, services=frozenset({"adverts", "tags"})), Choice(granted=False)
COUNTED = Choice(granted=True, services=frozenset({"counter", "tags"}))


def decided(
    at: int = NOW, subject: str = ME, record: str = FIRST, gpc: bool = False, minor: bool = False, **choices: Choice
) -> Consent:
    """Somebody's state."""
    return Consent(POLICY, choices, at, subject, record, gpc, minor_declared=minor)


def account(consent: Consent, changed_at: int | None = None) -> Account:
    """The account that was kept of it."""
    data = dump_account(consent, changed_at=changed_at or consent.decided_at or 0)
    kept = parse_account(json.loads(json.dumps(data)), Consent(POLICY), now=NOW)
    assert kept is not None
    return kept


def test_what_is_kept_comes_back() -> None:
    """Choices, subject and times survive JSON, and nothing of the device is in it (R187)."""
    before = decided(NOW - 5, minor=True, numbers=COUNTED, ads=Choice(granted=False, services=frozenset({"adverts"})))
    kept = account(before, NOW)
    assert before == kept.consent
    assert NOW == kept.changed_at
    data = dump_account(before, changed_at=NOW)
    assert data is not None
    assert {"format", "subject", "record", "former", "decided_at", "since", "changed_at", "minor", "purposes"} == set(
        data
    )


def test_nobody_has_no_state() -> None:
    """Before a decision there is nothing to keep, and nothing kept is no account's state."""
    assert None is dump_account(Consent(POLICY), changed_at=NOW)
    assert None is parse_account(None, Consent(POLICY), now=NOW)


def test_a_changed_purpose_is_undecided() -> None:
    """What was decided about other words is no decision; the others keep theirs (R17)."""
    data = dump_account(decided(numbers=COUNTED, ads=NO), changed_at=NOW)
    other = make_policy(
        purposes=[exempt("basket"), purpose("numbers", text="Otherwise.", opt_out=[]), purpose("ads", opt_out=["sale"])]
    )
    kept = parse_account(data, Consent(other), now=NOW)
    assert kept is not None
    assert {"ads": NO} == kept.consent.choices


def test_services_that_went_are_dropped() -> None:
    """A purpose whose services changed has another digest; a forged service is not among those allowed."""
    data = dump_account(decided(ads=YES), changed_at=NOW)
    assert data is not None
    data["purposes"]["ads"]["services"].append("stranger")
    kept = parse_account(data, Consent(POLICY), now=NOW)
    assert kept is not None
    assert {"ads": YES} == kept.consent.choices
    fewer = make_policy(purposes=[*POLICY.purposes], services=[service("adverts", "ads")])
    kept = parse_account(data, Consent(fewer), now=NOW)
    assert kept is not None
    assert {} == kept.consent.choices


def test_old_grants_end_and_opt_outs_stay() -> None:
    """After `reprompt_after` the account's grants are none; its opt-outs last (R16, R48)."""
    old = decided(NOW - 183 * DAY, numbers=COUNTED, ads=NO)
    assert {"ads": NO} == account(old).consent.choices


@pytest.mark.parametrize(
    "data",
    [
        {}, {"format": 2}, {"format": 1}, [], "x", {"format": 1, "subject": "me"},
        {"format": 1, "subject": ME, "record": "x", "decided_at": 1, "since": 1, "changed_at": 1, "minor": False, "purposes": {}},
        {"format": 1, "subject": ME, "record": FIRST, "former": [], "decided_at": "x", "since": 1, "changed_at": 1, "minor": False, "purposes": {}},
        {"format": 1, "subject": ME, "record": FIRST, "former": [], "decided_at": 1, "since": 1, "changed_at": 1, "minor": False, "purposes": []},
        {"format": 1, "subject": ME, "record": FIRST, "former": [], "decided_at": 1, "since": 1, "changed_at": 1, "minor": False, "purposes": {"ads": 1}},
    ],
)  # fmt: skip
def test_what_is_none_of_ours_is_refused(data: Any) -> None:
    """The app is told to keep what it was given."""
    with pytest.raises(UsageError, match="keep what `sync_account` gave"):
        parse_account(data, Consent(POLICY), now=NOW)


def test_without_an_account_the_device_counts() -> None:
    """Signing in for the first time carries the device's decision to the account."""
    device = decided(numbers=COUNTED)
    assert device.choices == settle(device, None, "latest").choices


def test_an_undecided_device_takes_the_accounts() -> None:
    """A new device is not asked what the account decided (R27)."""
    settled = settle(Consent(POLICY), account(decided(NOW - 9, ads=YES)), "latest")
    assert ({"ads": YES}, NOW - 9) == (settled.choices, settled.since)


@pytest.mark.parametrize(
    ("rule", "device_at", "account_at", "wins"),
    [
        ("latest", NOW, NOW - 1, "device"), ("latest", NOW - 1, NOW, "account"), ("latest", NOW, NOW, "account"),
        ("account", NOW, NOW - 1, "account"), ("account", NOW - 1, NOW, "account"),
    ],
)  # fmt: skip
def test_both_rules_at_the_first_sign_in(
    rule: Literal["latest", "account"], device_at: int, account_at: int, wins: str
) -> None:
    """Where device and account differ, the policy's rule decides (R27)."""
    device, kept = decided(device_at, OTHER, SECOND, numbers=NO), account(decided(account_at, numbers=COUNTED))
    assert {"numbers": NO if wins == "device" else COUNTED} == settle(device, kept, rule).choices


@pytest.mark.parametrize("rule", ["latest", "account"])
def test_an_accounts_opt_out_beats_a_devices_grant(rule: Literal["latest", "account"]) -> None:
    """Whenever the grant was given, and whatever the rule (R49)."""
    device = decided(NOW, OTHER, SECOND, ads=YES)
    assert {"ads": NO} == settle(device, account(decided(NOW - 99, ads=NO)), rule).choices


def test_what_only_one_decided_holds() -> None:
    """Purposes are joined one by one."""
    device = decided(NOW, OTHER, SECOND, ads=NO)
    assert {"ads": NO, "numbers": COUNTED} == settle(device, account(decided(numbers=COUNTED)), "account").choices


def test_a_joined_device_follows_the_last_change() -> None:
    """After the first sign-in the rule is not needed: whoever decided last did so for the account."""
    kept = account(decided(NOW - 50, ads=NO), changed_at=NOW - 10)
    later = decided(NOW - 5, record=SECOND, ads=YES)
    earlier = decided(NOW - 20, record=SECOND, ads=YES)
    same = decided(NOW - 50, ads=NO)
    assert {"ads": YES} == settle(later, kept, "account").choices
    assert {"ads": NO} == settle(earlier, kept, "latest").choices
    assert {"ads": NO} == settle(same, kept, "latest").choices


def test_a_device_that_is_behind_is_known_by_its_record() -> None:
    """What a device has of a former state of the account is not taken for a new decision, whatever the clock says."""
    first = account(decided(ads=YES), changed_at=NOW)
    data = dump_account(decided(record=SECOND, ads=NO), changed_at=NOW, before=first)
    assert data is not None
    assert [FIRST] == data["former"]
    kept = parse_account(data, Consent(POLICY), now=NOW)
    assert {"ads": NO} == settle(decided(ads=YES), kept, "latest").choices
    third = "00000000-0000-4000-8000-000000000003"
    assert {"ads": YES} == settle(decided(record=third, ads=YES), kept, "latest").choices


def test_joining_renews_nothing() -> None:
    """The older of the two decisions sets how long what was joined lasts (R16)."""
    device, kept = decided(NOW, OTHER, SECOND, numbers=COUNTED), account(decided(NOW - 100 * DAY, ads=YES))
    assert NOW - 100 * DAY == settle(device, kept, "latest").since


def test_a_signal_opts_the_account_out() -> None:
    """GPC of a known visitor is the account's, also where nobody decided; an answer to it stands (R43)."""
    settled = settle(
        decided(NOW, OTHER, SECOND, gpc=True, ads=YES), account(decided(numbers=COUNTED, ads=YES)), "latest"
    )
    assert ({"ads": NO, "numbers": COUNTED}, True) == (settled.choices, settled.by_signal)
    nobody = settle(Consent(POLICY, gpc=True), None, "latest")
    assert {"ads": NO} == nobody.choices
    answered = Choice(granted=True, services=YES.services, despite_gpc=True)
    kept = settle(decided(NOW, gpc=True, ads=answered), None, "latest")
    assert ({"ads": answered}, False) == (kept.choices, kept.by_signal)


def test_a_minor_is_one_on_every_device() -> None:
    """Said on one device or in the account, it holds for both (R25)."""
    assert settle(decided(minor=True), account(decided()), "latest").minor
    assert settle(decided(), account(decided(minor=True)), "latest").minor


CHOICES = st.sampled_from([None, NO, YES, Choice(granted=True, services=YES.services, despite_gpc=True)])


@given(CHOICES, CHOICES, st.booleans(), st.booleans(), st.sampled_from(["latest", "account"]), st.integers(-9, 9))
def test_joining_never_allows_what_neither_allowed(
    here: Choice | None, there: Choice | None, gpc: bool, known: bool, rule: Literal["latest", "account"], ahead: int
) -> None:
    """Whatever is joined, nothing is granted that neither side granted (R7)."""
    said: Any = {} if here is None else {"ads": here}
    device = decided(NOW + ahead, ME if known else OTHER, SECOND, gpc, **said)
    said = {} if there is None else {"ads": there}
    kept = account(decided(NOW, **said))
    found = settle(device, kept, rule).choices.get("ads")
    assert found is None or not found.granted or found in {here, there}
