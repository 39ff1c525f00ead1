"""Signed addresses of frames."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consentkit.pages.frames import FRAME_AGE, FRAME_PERIOD, MAX_TOKEN, Frame, FrameSigner, frame_sources
from tests.policies import make_policy, purpose, service

POLICY = make_policy(
    purposes=[purpose("media")],
    services=[
        service("tube", "media", hosts=["tube.example", "*.cdn.example", "maps.example/embed"]),
        service("any", "media", hosts=["*/player"]),
    ],
)
OLD, NEW = "an old secret of 24 chars", b"a new secret of 24 chars!"
SIGNER = FrameSigner(POLICY, [NEW, OLD])
URL = "https://tube.example/embed/a?b=c"


def test_a_token_gives_back_what_was_signed() -> None:
    """URL, service and the attributes that matter come back; others were never in it."""
    token = SIGNER.dump("tube", URL, {"allow": "fullscreen", "class": "x", "sandbox": ""})
    assert token is not None
    frame = SIGNER.parse(token)
    assert frame == Frame(POLICY.services_by_id["tube"], URL, {"allow": "fullscreen", "sandbox": ""})


@pytest.mark.parametrize(
    "url",
    ["http://tube.example/", "javascript:alert(1)", "data:text/html,x", "//tube.example/", "https://a;script-src *.b/",
     "https://user@tube.example/", "https://tube.example\\@evil.example/", "", "https://"],
)  # fmt: skip
def test_only_plain_https_addresses_are_signed(url: str) -> None:
    """Nothing that is no https address, or could add to a Content-Security-Policy, gets a token."""
    assert SIGNER.dump("tube", url, {}) is None


def test_http_is_signed_in_development_only() -> None:
    """`insecure_dev` allows plain HTTP embeds."""
    assert FrameSigner(POLICY, [NEW], insecure_dev=True).dump("tube", "http://tube.example/", {}) is not None


def test_unknown_services_and_missing_secrets_get_no_token() -> None:
    """Without a declared service or a secret there is no frame."""
    assert SIGNER.dump("nobody", URL, {}) is None
    assert FrameSigner(POLICY, []).dump("tube", URL, {}) is None
    assert FrameSigner(POLICY, []).parse("x") is None


def test_a_token_outlives_a_rotated_secret_and_not_a_changed_policy() -> None:
    """A former secret still verifies; another policy, and another secret, do not."""
    token = FrameSigner(POLICY, [OLD]).dump("tube", URL, {})
    assert token is not None
    assert SIGNER.parse(token) is not None
    assert FrameSigner(POLICY, ["somebody else's secret 24"]).parse(token) is None
    changed = POLICY.model_copy(update={"version": "2"})
    changed.__dict__.pop("hash", None)
    assert FrameSigner(changed, [OLD]).parse(token) is None


def test_an_address_too_long_for_a_url_gets_no_token() -> None:
    """What would make the address too long is not signed."""
    assert SIGNER.dump("tube", URL + "".join(f"{n:x}" for n in range(MAX_TOKEN)), {}) is None


@given(st.text(max_size=200))
def test_nothing_else_is_read(token: str) -> None:
    """Whatever somebody makes up is no frame, and no exception."""
    assert SIGNER.parse(token) is None


def test_a_frames_policy_allows_that_service_alone() -> None:
    """The URL's own origin and the service's hosts; a pattern for any host adds nothing."""
    services = POLICY.services_by_id
    assert frame_sources(Frame(services["tube"], URL, {})) == (
        "https://tube.example https://*.tube.example https://*.cdn.example https://maps.example https://*.maps.example"
    )
    assert frame_sources(Frame(services["any"], "https://x.example:8443/player", {})) == "https://x.example:8443"


# Only hosts of the service, and only for a while.

NOON = 1_790_000_000 // FRAME_PERIOD * FRAME_PERIOD + FRAME_PERIOD / 2


@pytest.mark.parametrize(
    ("url", "shown"),
    [("https://tube.example/a", True), ("https://www.tube.example/a", True), ("https://x.cdn.example/a", True),
     ("https://maps.example:8443/other", True), ("https://eviltube.example/", False), ("https://tube.example.evil.example/", False),
     ("https://evil.example/tube.example", False), ("https://cdn.example/", False), ("https://127.0.0.1/", False)],
)  # fmt: skip
def test_only_hosts_of_the_service_are_shown(url: str, shown: bool) -> None:
    """A URL of another host gets no token; nor is one shown that was signed when the host was still declared."""
    assert (SIGNER.dump("tube", url, {}) is not None) == shown


def test_a_declared_star_covers_what_it_says() -> None:
    """`*/player` is any host at all, `*.cdn.example` what is below it, `js-*.cdn.example` such names."""
    policy = make_policy(purposes=[purpose("media")], services=[service("odd", "media", hosts=["js-*.cdn.example"])])
    signer = FrameSigner(policy, [NEW])
    assert SIGNER.dump("any", "https://whoever.example/player", {}) is not None
    assert signer.dump("odd", "https://js-1.cdn.example/", {}) is not None
    assert signer.dump("odd", "https://css-1.cdn.example/", {}) is None
    assert signer.dump("odd", "https://js-1.cdn.example.evil.test/", {}) is None


@pytest.mark.parametrize(
    ("later", "shown"), [(-FRAME_PERIOD, True), (0, True), (FRAME_AGE - FRAME_PERIOD, True), (FRAME_AGE, False), (-FRAME_AGE, False)]
)  # fmt: skip
def test_an_address_ends(later: float, shown: bool) -> None:
    """Where pages differ by visitor an address works for a day at least and two at most; another clock may be ahead."""
    token = SIGNER.dump("tube", URL, {}, now=NOON)
    assert token is not None
    assert (SIGNER.parse(token, now=NOON + later) is not None) == shown


def test_all_day_long_the_address_is_the_same() -> None:
    """So a page has the same bytes, and its entity tag holds."""
    assert SIGNER.dump("tube", URL, {}, now=NOON) == SIGNER.dump("tube", URL, {}, now=NOON + FRAME_PERIOD / 3)
    assert SIGNER.dump("tube", URL, {}, now=NOON) != SIGNER.dump("tube", URL, {}, now=NOON + FRAME_PERIOD)


def test_in_shared_mode_addresses_do_not_end() -> None:
    """Everybody gets the same bytes there, and caches keep them for as long as they like."""
    signer = FrameSigner(make_policy(mode="shared", services=[service("tube", "ads")]), [NEW])
    token = signer.dump("tube", URL, {}, now=NOON)
    assert token is not None
    assert token == signer.dump("tube", URL, {}, now=NOON * 2)
    assert signer.parse(token, now=NOON * 2) is not None


@pytest.mark.parametrize(
    ("field", "kept"),
    [(None, ""), ("require-corp", "require-corp"), ('credentialless; report-to="x"', "credentialless"), ("unsafe-none", ""),
     ("require-corp\r\nX: y", ""), ("REQUIRE-CORP", "")],
)  # fmt: skip
def test_the_pages_isolation_is_in_the_token(field: str | None, kept: str) -> None:
    """What the page demands of its frames comes back with the frame; nothing else does."""
    frame = SIGNER.parse(SIGNER.dump("tube", URL, {}, now=NOON, coep=field) or "", now=NOON)
    assert frame is not None
    assert frame.coep == kept


@pytest.mark.parametrize(
    ("value", "kept"), [("no-referrer", True), ("origin", True), ("unsafe-url", False), (" No-Referrer-When-Downgrade", False)]
)  # fmt: skip
def test_a_referrer_policy_never_sends_our_address(value: str, kept: bool) -> None:
    """Policies that send whole addresses would send ours, with the token in it: they stay out of the frame."""
    frame = SIGNER.parse(SIGNER.dump("tube", URL, {"referrerpolicy": value}, now=NOON) or "", now=NOON)
    assert frame is not None
    assert ("referrerpolicy" in frame.attributes) == kept
