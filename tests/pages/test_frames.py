"""Signed addresses of frames."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consentkit.pages.frames import MAX_TOKEN, Frame, FrameSigner, frame_sources
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
