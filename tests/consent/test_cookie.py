"""The consent cookie: what it holds, what it costs, and what it makes of everything else."""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import replace
from hashlib import sha256
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from itsdangerous import Signer

from consentkit.consent.cookie import CLOCK_SKEW, MAX_COOKIE_BYTES, ConsentCookie
from consentkit.consent.set_cookie import LIFETIME_CAP
from consentkit.consent.state import Choice, Consent, deny_all, grant, grant_all
from consentkit.errors import PolicyError, UsageError
from consentkit.policy.models import Policy
from tests.policies import exempt, make_policy, purpose, service

SECRET = "a secret of 24 characters"
DAY = 86_400
NOW = 1_790_000_000
SUBJECT = "0123456789abcdef" * 2
RECORD = "b6a1ff0e-3f4c-4a67-9d0f-8a2f7b3a1c55"
POLICY = make_policy()
COOKIE = ConsentCookie(POLICY, [SECRET])

# 400 services: as many as a very large site has, each with up to four of twelve purposes.
LARGE = make_policy(
    purposes=[exempt("basket"), *(purpose(f"p{n}") for n in range(12))],
    services=[
        service(f"s{n:03}", *dict.fromkeys((f"p{n % 12}", f"p{n % 5}", f"p{n % 7}", f"p{n % 11}"))) for n in range(400)
    ],
)
LARGE_COOKIE = ConsentCookie(LARGE, [SECRET])


def decision(policy: Policy = POLICY, choices: dict[str, Choice] | None = None, **changes: Any) -> Consent:
    """A decision, by default to accept everything now."""
    known = {"decided_at": NOW, "subject": SUBJECT, "record_id": RECORD, **changes}
    return Consent(policy, grant_all(policy) if choices is None else choices, **known)


def pair(codec: ConsentCookie, consent: Consent) -> str:
    """What a browser sends back: name and value."""
    return codec.dump(consent).partition(";")[0]


def signed(payload: bytes, secret: str = SECRET) -> str:
    """A cookie with this payload under our signature."""
    salt = f"consentkit.consent-cookie {COOKIE.name} shop.example"
    signer = Signer([secret], salt=salt, key_derivation="hmac", digest_method=sha256)
    return f"{COOKIE.name}={signer.sign(urlsafe_b64encode(payload).rstrip(b'=')).decode()}"


def payload_of(text: str) -> bytes:
    """The payload in a cookie of ours."""
    value = text.partition("=")[2].partition(".")[0]
    return urlsafe_b64decode(value + "=" * (-len(value) % 4))


@st.composite
def states(draw: st.DrawFn, policy: Policy) -> Consent:
    """Any decision under a policy, whether or not a page offers the way to it."""
    choices, noted = dict[str, Choice](), set[str]()
    for each in policy.asked_purposes:
        services = [s.id for s in policy.services_by_purpose[each.id]]
        match draw(st.sampled_from(["undecided", "noted", "denied", "granted", "some"])):
            case "noted":
                noted.add(each.id)
            case "denied":
                choices[each.id] = Choice(granted=False)
            case "granted":
                choices[each.id] = Choice(granted=True, services=frozenset(services), despite_gpc=draw(st.booleans()))
            case "some":
                bits = draw(st.integers(0, 2 ** len(services) - 1))
                some = frozenset(s for n, s in enumerate(services) if bits >> n & 1)
                granted = draw(st.booleans())
                despite = bool(granted or some) and draw(st.booleans())
                choices[each.id] = Choice(granted=granted, services=some, despite_gpc=despite)
    decided_at = draw(st.integers(NOW - 100 * DAY, NOW))
    return Consent(
        policy, choices, decided_at,
        draw(st.none() | st.binary(min_size=16, max_size=16).filter(any).map(bytes.hex)),
        draw(st.none() | st.uuids().map(str)), draw(st.booleans()),
        noted=frozenset(noted), minor_declared=draw(st.booleans()),
        since=draw(st.none() | st.integers(NOW - 101 * DAY, NOW - 100 * DAY - 1)),
    )  # fmt: skip


@given(states(LARGE))
def test_any_state_of_400_services_fits_and_comes_back(consent: Consent) -> None:
    """Name and value take at most 512 bytes for every state over 400 services, and give the same state back."""
    text = pair(LARGE_COOKIE, consent)
    assert len(text) <= MAX_COOKIE_BYTES
    assert consent == LARGE_COOKIE.parse(text, gpc=consent.gpc, now=NOW)


@pytest.mark.parametrize("entry", [b"\x08", b"\x0c", b"\x05", b"\x0d", b"\x10", b"\xff"])
def test_kinds_that_mean_nothing_are_no_decision(entry: bytes) -> None:
    """A refusal despite a signal, a notice despite one, and kinds nobody wrote: undecided, also under our signature."""
    payload = payload_of(pair(COOKIE, decision()))
    head, digest = payload[:37], payload[37:41]
    assert Consent(POLICY) == COOKIE.parse(signed(head + digest + entry), now=NOW)


def test_duplicates_are_joined_strictly() -> None:
    """Of two cookies of ours a notice counts if both had it, a declared age if one, an answer to a signal if both (R122)."""
    one = decision(choices=grant_all(POLICY))
    answered = {id_: replace(choice, despite_gpc=True) for id_, choice in grant_all(POLICY).items()}
    other = replace(one, choices=answered, minor_declared=True)
    joined = COOKIE.parse(f"{pair(COOKIE, one)}; {pair(COOKIE, other)}", now=NOW)
    assert joined.minor_declared
    assert not any(choice.despite_gpc for choice in joined.choices.values())
    told = replace(one, choices={}, noted=frozenset({"ads"}))
    assert frozenset() == COOKIE.parse(f"{pair(COOKIE, one)}; {pair(COOKIE, told)}", now=NOW).noted
    assert frozenset({"ads"}) == COOKIE.parse(pair(COOKIE, told), now=NOW).noted


def test_the_largest_state_fits() -> None:
    """Every second service of every purpose, the state that compresses least, fits as well."""
    choices = {
        p.id: Choice(granted=True, services=frozenset(s.id for s in LARGE.services_by_purpose[p.id][1::2]))
        for p in LARGE.asked_purposes
    }
    assert len(pair(LARGE_COOKIE, decision(LARGE, choices))) <= MAX_COOKIE_BYTES


def test_a_policy_with_states_that_do_not_fit_is_refused() -> None:
    """A policy whose decisions could get lost is an error at start-up, with the way to mend it."""
    many = [f"p{n}" for n in range(20)]
    policy = make_policy(purposes=[purpose(p) for p in many], services=[service(f"s{n}", *many) for n in range(400)])
    with pytest.raises(PolicyError, match="fewer purposes"):
        ConsentCookie(policy, [SECRET])


def test_purposes_with_the_same_digest_are_refused() -> None:
    """Two purposes that the cookie could not tell apart are an error at start-up, not a mix-up later."""
    policy = make_policy()
    vars(policy)["purpose_digests"] = dict.fromkeys(policy.purposes_by_id, bytes(4))
    with pytest.raises(PolicyError, match="change a word"):
        ConsentCookie(policy, [SECRET])


def test_attributes() -> None:
    """The cookie has every attribute that protects it, and lives until the visitor is asked again."""
    assert "; Max-Age=15724800; Path=/; Secure; HttpOnly; SameSite=Lax" == COOKIE.dump(decision()).removeprefix(
        pair(COOKIE, decision())
    )
    assert "__Host-consent" == COOKIE.name


def test_expire_deletes_it_with_the_same_attributes() -> None:
    """Deleting names the same cookie, with a lifetime of nothing and a date that has passed."""
    expected = (
        "__Host-consent=; Expires=Thu, 01 Jan 1970 00:00:00 GMT; Max-Age=0; Path=/; Secure; HttpOnly; SameSite=Lax"
    )
    assert expected == COOKIE.expire()


def test_insecure_dev_drops_secure_and_prefix() -> None:
    """For plain HTTP in development the cookie is one that browsers take there (R119)."""
    codec = ConsentCookie(POLICY, [SECRET], insecure_dev=True)
    assert "consent" == codec.name
    assert "Secure" not in codec.dump(decision())
    assert decision() == codec.parse(pair(codec, decision()), now=NOW)
    assert "ck" == ConsentCookie(POLICY, [SECRET], name="__host-Http-ck", insecure_dev=True).name


def test_shared_mode_lets_scripts_read_it() -> None:
    """Where pages are the same for all, the script has to see the decision."""
    assert "HttpOnly" not in ConsentCookie(make_policy(mode="shared"), [SECRET]).dump(decision())


@pytest.mark.parametrize("name", ["__Host-Http-x", "__http-x", "a b", "a=b", "", "é", "a;b"])
def test_names_that_browsers_would_refuse(name: str) -> None:
    """A name that no browser would keep under these attributes is an error at start-up (R117)."""
    with pytest.raises(UsageError):
        ConsentCookie(make_policy(mode="shared"), [SECRET], name=name)


def test_never_a_domain_with_the_host_prefix() -> None:
    """Sharing among subdomains needs another name than `__Host-…` (R117)."""
    with pytest.raises(UsageError, match="Domain"):
        ConsentCookie(POLICY, [SECRET], name="__Host-c", share_domain="shop.example")


def test_shared_among_subdomains() -> None:
    """With the prefix `__Secure-` the decision is shared under a domain of the site's own."""
    codec = ConsentCookie(
        make_policy(sites=["www.shop.example"]), [SECRET], name="__Secure-c", share_domain=".Shop.example"
    )
    assert "; Domain=shop.example; " in codec.dump(decision())
    assert "; Domain=shop.example; " in codec.expire()


@pytest.mark.parametrize("domain", ["example", "other.example", "op.example", "www.shop.example", ""])
def test_not_shared_with_others(domain: str) -> None:
    """A domain that is neither a site nor above one is refused."""
    with pytest.raises(UsageError, match=r"shop\.example"):
        ConsentCookie(POLICY, [SECRET], name="__Secure-c", share_domain=domain)


@pytest.mark.parametrize(
    "secrets", [[], [""], ["short"], [b"fifteen bytes.."], [SECRET, "old"], "fifteen bytes..", b"short"]
)
def test_short_secrets_are_refused(secrets: Any) -> None:
    """A missing or short secret is an error that says how to make one, for each of the secrets."""
    with pytest.raises(UsageError, match=r"secrets\.token_hex"):
        ConsentCookie(POLICY, secrets)


def test_secrets_rotate() -> None:
    """The newest secret signs, all verify, and one that was taken off the list does not."""
    old, new = "an old secret, 20 bytes", "a new secret, 20 bytes!"
    before, during, after = (ConsentCookie(POLICY, keys) for keys in ([old], [new, old], [new]))
    assert decision() == during.parse(pair(before, decision()), now=NOW)
    assert decision() == after.parse(pair(during, decision()), now=NOW)
    assert Consent(POLICY) == after.parse(pair(before, decision()), now=NOW)
    assert pair(after, decision()) == pair(during, decision())


def test_secrets_may_be_bytes_or_text() -> None:
    """The same secret as text and as bytes is the same secret."""
    assert decision() == ConsentCookie(POLICY, [SECRET.encode()]).parse(pair(COOKIE, decision()), now=NOW)


@pytest.mark.parametrize("header", [None, "", "a=b", "consent=x", "__host-consent=x", "x__Host-consent=1; y", ";;;=;"])
def test_no_cookie_is_undecided(header: str | None) -> None:
    """Without our cookie, by its exact name, nothing is decided; the signal is kept."""
    assert Consent(POLICY, gpc=True) == COOKIE.parse(header, gpc=True, now=NOW)


def test_found_among_others() -> None:
    """The cookie is found wherever it stands, with white space as browsers and proxies leave it."""
    text = pair(COOKIE, decision())
    for header in (f"a=b;{text}", f"{text} ;a", f"a=b; \t{text}", f'q="x; {text}; y"', f"={text}; {text}"):
        assert decision() == COOKIE.parse(header, now=NOW)


@given(st.data())
def test_forged_cookies_are_undecided(data: st.DataObject) -> None:
    """A cookie in which any character was changed, taken out or put in says nothing."""
    value = pair(COOKIE, decision()).partition("=")[2]
    at = data.draw(st.integers(0, len(value) - 1))
    changed = value[:at] + data.draw(st.sampled_from(["", "A", "_", "é", ".", '"', "%", "AA", " x"])) + value[at + 1 :]
    assume(changed != value)
    assert Consent(POLICY) == COOKIE.parse(f"{COOKIE.name}={changed}", now=NOW)


def test_one_spelling_verifies() -> None:
    """Of the four spellings of a signature's last character, which decode alike, ours alone is a decision."""
    text = pair(COOKIE, decision())
    signature = urlsafe_b64decode(text.partition(".")[2] + "=")
    alike = [
        char
        for char in "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
        if urlsafe_b64decode(f"{text[:-1].partition('.')[2]}{char}=") == signature
    ]
    assert 4 == len(alike)
    assert [text[-1]] == [char for char in alike if COOKIE.parse(text[:-1] + char, now=NOW) == decision()]


def test_sites_with_one_secret_are_told_apart() -> None:
    """A decision made on one site is none on another that has the same secret and the same texts."""
    neighbour = ConsentCookie(make_policy(sites=["neighbour.example"]), [SECRET])
    assert COOKIE.name == neighbour.name
    assert None is neighbour.parse(pair(COOKIE, decision()), now=NOW).decided_at


def test_further_hosts_keep_the_decision() -> None:
    """Hosts that join the first of `sites` ask nobody again."""
    larger = make_policy(sites=["shop.example", "a.example"])
    assert decision(larger) == ConsentCookie(larger, [SECRET]).parse(pair(COOKIE, decision()), now=NOW)


def test_names_are_told_apart() -> None:
    """A decision is one under the name it was given: two apps on a host do not take each other's."""
    other = ConsentCookie(POLICY, [SECRET], name="__Host-other")
    value = pair(COOKIE, decision()).partition("=")[2]
    assert Consent(POLICY) == other.parse(f"__Host-other={value}", now=NOW)


@pytest.mark.parametrize(
    "kept", [["a secret of 24 characters"], ["a new secret, 20 bytes!", "a secret of 24 characters"]]
)
def test_sites_that_share_a_decision_read_it(kept: list[str]) -> None:
    """Under a shared domain each subdomain's own policy reads what another wrote, whatever its first host; keys may rotate."""
    one = make_policy(sites=["www.shop.example"], share_across_subdomains="shop.example")
    two = make_policy(sites=["blog.shop.example"], share_across_subdomains="shop.example")
    written = pair(ConsentCookie(one, [SECRET]), decision(one))
    assert decision(two) == ConsentCookie(two, kept).parse(written, now=NOW)


@given(st.text(max_size=600) | st.binary(max_size=600).map(lambda data: data.decode("latin-1")))
def test_any_header_is_read(header: str) -> None:
    """Whatever a Cookie field holds, reading it is no error and decides nothing."""
    assert Consent(POLICY) == COOKIE.parse(header, now=NOW)
    assert Consent(POLICY) == COOKIE.parse(f"{COOKIE.name}={header}", now=NOW)


@given(st.binary(max_size=120))
def test_any_payload_under_our_signature_is_read(payload: bytes) -> None:
    """Even a payload that we would never write is read without an error: it may be a future version's."""
    COOKIE.parse(signed(payload), now=NOW)


@given(st.binary(max_size=60))
def test_any_tail_under_our_signature_is_read(tail: bytes) -> None:
    """A payload that goes wrong after its head decides nothing that the policy does not know."""
    parsed = COOKIE.parse(signed(payload_of(pair(COOKIE, decision(choices={}))) + tail), now=NOW)
    assert {"numbers", "ads"}.issuperset(parsed.choices)


@pytest.mark.parametrize("length", range(1, 60, 3))
def test_truncated_payloads_are_undecided(length: int) -> None:
    """A payload that ends within an entry is none, also under our signature."""
    payload = payload_of(pair(COOKIE, decision(choices=grant(POLICY, ["tags"]))))
    truncated = payload[: len(payload) - length]
    parsed = COOKIE.parse(signed(truncated), now=NOW)
    assert len(parsed.choices) < 2


def test_foreign_version_is_undecided() -> None:
    """A cookie of another version of the format is no decision, also under our signature."""
    payload = payload_of(pair(COOKIE, decision()))
    assert decision() == COOKIE.parse(signed(payload), now=NOW)
    assert Consent(POLICY) == COOKIE.parse(signed(b"\5" + payload[1:]), now=NOW)


def test_foreign_salt_is_undecided() -> None:
    """What was signed for another use with the same secret is no decision."""
    payload = urlsafe_b64encode(payload_of(pair(COOKIE, decision()))).rstrip(b"=")
    other = Signer([SECRET], salt=b"consentkit.frame", key_derivation="hmac", digest_method=sha256).sign(payload)
    assert Consent(POLICY) == COOKIE.parse(f"{COOKIE.name}={other.decode()}", now=NOW)


@pytest.mark.parametrize("unit", ["__Host-consent=x;", "a=b;", ";", "=", "x", "__Host-consent", "__Host-consent=A.A;"])
def test_a_megabyte_of_cookies_is_read(unit: str) -> None:
    """A Cookie field of a megabyte is read to its end and decides nothing."""
    assert Consent(POLICY) == COOKIE.parse(unit * (1_000_000 // len(unit)), now=NOW)
    assert Consent(POLICY) == COOKIE.parse(f"{COOKIE.name}=" + "A" * 1_000_000, now=NOW)


def test_found_in_a_megabyte() -> None:
    """Our cookie is found in a very long field as well: other cookies cannot hide a decision."""
    assert decision() == COOKIE.parse("a=b; " * 200_000 + pair(COOKIE, decision()), now=NOW)


def test_duplicates_most_restrictive() -> None:
    """Of two cookies that we signed each purpose gets what both allow (R122)."""
    everything, ads, nothing = (
        pair(COOKIE, decision(choices=choices))
        for choices in (grant_all(POLICY), grant(POLICY, ["ads", "counter"]), deny_all(POLICY))
    )
    both = COOKIE.parse(f"{everything}; {ads}", now=NOW)
    assert grant(POLICY, ["ads", "counter"]) == both.choices
    assert both == COOKIE.parse(f"{ads}; {everything}", now=NOW)
    assert deny_all(POLICY) == COOKIE.parse(f"{everything}; {nothing}; {ads}", now=NOW).choices


def test_duplicates_where_one_has_no_answer() -> None:
    """Where one of two cookies has no answer, a refusal in the other counts and a grant does not."""
    granted, denied = Choice(granted=True, services=frozenset({"adverts", "tags"})), Choice(granted=False)
    some = pair(COOKIE, decision(choices={"ads": granted, "numbers": denied}))
    none = pair(COOKIE, decision(choices={}, decided_at=NOW - 5, subject=None))
    parsed = COOKIE.parse(f"{some}; {none}", now=NOW)
    assert {"numbers": denied} == parsed.choices
    assert (NOW - 5, SUBJECT) == (parsed.decided_at, parsed.subject)


def test_duplicates_that_are_not_ours_do_not_count() -> None:
    """A cookie that somebody else wrote under our name does not undo the visitor's decision."""
    assert decision() == COOKIE.parse(f"{COOKIE.name}=junk; {pair(COOKIE, decision())}; {COOKIE.name}=", now=NOW)


def test_too_many_duplicates_are_undecided() -> None:
    """A field with dozens of our cookies is nobody's decision."""
    assert Consent(POLICY) == COOKIE.parse("; ".join([pair(COOKIE, decision())] * 9), now=NOW)


@pytest.mark.parametrize("change", ["title", "summary", "text"])
def test_changed_texts_make_that_purpose_undecided(change: str) -> None:
    """A purpose whose text changed is asked for again; the other keeps its decision (R17)."""
    changed = make_policy(
        purposes=[exempt("basket"), purpose("numbers"), purpose("ads", **{change: "Something else."})]
    )
    parsed = ConsentCookie(changed, [SECRET]).parse(pair(COOKIE, decision()), now=NOW)
    assert ("ads",) == parsed.undecided
    assert parsed.allows("numbers")
    assert (NOW, SUBJECT, RECORD) == (parsed.decided_at, parsed.subject, parsed.record_id)


def test_a_new_service_makes_its_purposes_undecided() -> None:
    """A service that is added is asked for in its purposes, and in no other (R17)."""
    more = make_policy(services=[*(s.model_dump() for s in POLICY.services), service("aaa", "ads")])
    parsed = ConsentCookie(more, [SECRET]).parse(pair(COOKIE, decision()), now=NOW)
    assert ("ads",) == parsed.undecided
    assert {"counter"} == parsed.allowed_services


def test_a_removed_service_makes_its_purposes_undecided() -> None:
    """A service that goes changes what the purpose is: it is asked for again."""
    fewer = make_policy(services=[s.model_dump() for s in POLICY.services if s.id != "adverts"])
    parsed = ConsentCookie(fewer, [SECRET]).parse(pair(COOKIE, decision()), now=NOW)
    assert ("ads",) == parsed.undecided


def test_purposes_may_come_go_and_move() -> None:
    """Other purposes that are added, removed or put in another order leave a decision as it is."""
    moved = make_policy(
        purposes=[purpose("new"), purpose("ads"), exempt("other"), purpose("numbers")],
        services=[s.model_dump() for s in reversed(POLICY.services)],
    )
    parsed = ConsentCookie(moved, [SECRET]).parse(pair(COOKIE, decision()), now=NOW)
    assert ("new",) == parsed.undecided
    assert {"counter", "adverts", "tags"} == parsed.allowed_services


def test_asked_again_after_the_time_the_policy_says() -> None:
    """A decision counts for `reprompt_after` days and not a second longer (R16)."""
    text = pair(COOKIE, decision())
    assert decision() == COOKIE.parse(text, now=NOW + 182 * DAY - 1)
    assert Consent(POLICY) == COOKIE.parse(text, now=NOW + 182 * DAY)


def test_decisions_from_the_future_are_undecided() -> None:
    """A decision from further ahead than clocks differ is none."""
    text = pair(COOKIE, decision())
    assert decision() == COOKIE.parse(text, now=NOW - CLOCK_SKEW)
    assert Consent(POLICY) == COOKIE.parse(text, now=NOW - CLOCK_SKEW - 1)


def test_lifetime_is_capped_with_a_notice() -> None:
    """Where the policy says more than browsers keep, the cookie gets what they keep and the owner is told (R115)."""
    codec = ConsentCookie(make_policy(reprompt_after=730), [SECRET])
    assert f"; Max-Age={LIFETIME_CAP};" in codec.dump(decision())
    assert ["cookie-lifetime"] == [notice.kind for notice in codec.notices]
    assert () == COOKIE.notices


@pytest.mark.parametrize(
    "changes",
    [
        {"decided_at": None},
        {"decided_at": -1},
        {"decided_at": 1 << 32},
        {"subject": "me"},
        {"subject": "AB" * 16},
        {"record_id": "first"},
    ],
)
def test_only_decisions_are_written(changes: dict[str, Any]) -> None:
    """A state that is no decision, or names things otherwise than documented, is a caller's mistake."""
    with pytest.raises(UsageError):
        COOKIE.dump(decision(**changes))


def test_exempt_and_unknown_choices_are_not_written() -> None:
    """What cannot be decided is not kept: choices for exempt purposes and services of other purposes."""
    odd = {
        "basket": Choice(granted=False),
        "nobody": Choice(granted=True),
        "ads": Choice(granted=True, services=frozenset({"counter"})),
    }
    parsed = COOKIE.parse(pair(COOKIE, decision(choices=odd)), now=NOW)
    assert {"ads": Choice(granted=True)} == parsed.choices


def test_reading_is_remembered_apart_for_the_signal() -> None:
    """The same cookie with and without the signal gives two states."""
    text = pair(COOKIE, decision())
    assert [False, True] == [COOKIE.parse(text, gpc=signal, now=NOW).gpc for signal in (False, True)]
