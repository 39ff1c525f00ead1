"""What any request of ours is checked for before it is answered."""

from __future__ import annotations

import pytest

from consentkit.endpoints.call import Call, Route
from consentkit.endpoints.table import BODY_LIMIT
from consentkit.errors import VisitorError
from tests.endpoints.shop import FORM, HERE, NOBODY, answer, header, post, request, serve


@pytest.mark.parametrize(
    ("method", "path", "allow"),
    [("GET", "/_ck/decide", "POST"), ("PUT", "/_ck/decide", "POST"), ("HEAD", "/_ck/decide", "POST"),
     ("POST", "/_ck/preferences", "GET, HEAD"), ("DELETE", "/privacy", "GET, HEAD"), ("POST", "/_ck/state", "GET, HEAD"),
     ("TRACE", "/_ck/frame", "GET, HEAD"), ("", "/_ck/state", "GET, HEAD")],
)  # fmt: skip
def test_other_methods_are_refused(method: str, path: str, allow: str) -> None:
    """405 names the methods that the address takes."""
    response = serve(request(method, path))
    assert (405, allow) == (response.status, header(response, "Allow"))
    assert method == "HEAD" or allow in response.body.decode()


def test_a_get_with_a_method_override_changes_nothing() -> None:
    """Neither a field nor a query makes a GET a POST."""
    asked = request(
        "GET", "/_ck/decide", HERE, ("X-HTTP-Method-Override", "POST"), query="_method=POST&decision=accept"
    )
    assert answer(asked).effects == ()


def test_too_much_is_refused() -> None:
    """413 for a body over the limit, and for one that says so before it comes."""
    assert post(b"a" * (BODY_LIMIT + 1)).status == 413
    assert post(b"decision=accept", FORM, HERE, ("Content-Length", str(BODY_LIMIT + 1))).status == 413
    assert post(b"decision=accept", FORM, HERE, ("Content-Length", "15")).status == 303


@pytest.mark.parametrize(
    ("length", "body", "refused"),
    [
        ("4", b"abcd", False),
        ("5", b"", True),
        ("99999999999999999999", b"", False),
        ("²", b"", False),
        ("-1", b"", False),
        ("many", b"abcde", True),
        ("", b"abcde", True),
    ],
)
def test_a_body_beyond_its_routes_limit(length: str, body: bytes, refused: bool) -> None:
    """What comes and what is announced count; a length that no server would send is as none."""
    asked = request("POST", "/_ck/decide", ("Content-Length", length))
    call = Call(Route("decide", methods=("POST",), body_limit=4), asked, NOBODY, body, 0.0, b"")
    if refused:
        with pytest.raises(VisitorError, match="A letter has at most 4 bytes") as caught:
            call.check_length("A letter")
        assert 413 == caught.value.status
    else:
        call.check_length("A letter")


def test_where_nothing_is_any_method_may_ask() -> None:
    """An address below the prefix that leads nowhere is a 404 for every method, and no 405."""
    Call(Route("nothing"), request("DELETE", "/_ck/x"), NOBODY, b"", 0.0, b"").check_method()
