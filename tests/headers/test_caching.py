"""Pages of different decisions and the caches between: a model of each cache, and each field by itself."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consentkit.headers.caching import (
    DIGESTS,
    add_vary,
    is_conditional,
    is_navigation,
    is_subresource,
    private,
    request_headers,
    response_headers,
    revalidates,
    trailers,
)
from consentkit.http import Headers, Request, header_values

HERE, THERE = "0123456789abcdef", "fedcba9876543210"


def answer(*fields: tuple[str, str], status: int = 200, length: int | None = None, shared: bool = False) -> Headers:
    """The head of a rewritten page that the app sent with these fields."""
    return response_headers(fields, status, rewritten=True, state_hash=HERE, length=length, shared=shared)


def asked(value: str, *, navigation: bool = True, field: str = "If-None-Match") -> str | None:
    """What the app sees of a conditional request."""
    headers = request_headers(((field, value),), navigation=navigation, state_hash=HERE)
    return header_values(headers, field)[0] if headers else None


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ((("Sec-Fetch-Dest", "document"),), True),
        ((("sec-fetch-dest", "iframe"),), True),
        ((("Sec-Fetch-Dest", "frame"),), True),
        ((("Sec-Fetch-Dest", "Object"),), True),
        ((("Sec-Fetch-Dest", "embed"),), True),
        ((("Sec-Fetch-Dest", "empty, document"),), True),
        ((("Sec-Fetch-Dest", "empty"), ("Accept", "text/html")), False),
        ((("Sec-Fetch-Dest", "script"),), False),
        ((("Accept", "text/html,application/xhtml+xml;q=0.9"),), True),
        ((("Accept", "Application/XHTML+XML"),), True),
        ((("Accept", "*/*"),), False),
        ((), False),
    ],
)
def test_navigations(headers: Headers, expected: bool) -> None:
    """`Sec-Fetch-Dest` says whether a document may come of a request; without it Accept does."""
    assert expected is is_navigation(headers)


@pytest.mark.parametrize(
    ("destination", "expected"),
    [
        ("script", True),
        ("Image", True),
        ("empty", False),
        ("document", False),
        ("image, document", False),
        (None, False),
    ],
)
def test_subresources(destination: str | None, expected: bool) -> None:
    """A script or picture is known by `Sec-Fetch-Dest` alone."""
    assert expected is is_subresource(destination)


def test_navigations_ask_for_whole_pages_in_identity() -> None:
    """For a navigation coding, ranges and dates are not passed on; the rest is, in its order."""
    headers = (("Host", "h"), ("Accept-Encoding", "gzip"), ("Range", "bytes=0-1"), ("If-Range", '"a"'),
               ("If-None-Match", ""), ("If-Modified-Since", "x"), ("Accept", "text/html"), ("X", ""))  # fmt: skip
    assert (("Host", "h"), ("Accept", "text/html"), ("X", "")) == request_headers(
        headers, navigation=True, state_hash=HERE
    )


def test_conditional_requests() -> None:
    """A request that names an entity tag is conditional, and only such a one has to be looked into."""
    for name in ("If-None-Match", "if-match", "IF-RANGE"):
        assert is_conditional(Request("GET", "https", "h", "/", headers=((name, '"a"'),)))
    assert not is_conditional(Request("GET", "https", "h", "/", headers=(("Range", "bytes=0-1"),)))


def test_other_requests_keep_everything() -> None:
    """Scripts and media keep compression, ranges and conditions: the very same object."""
    headers = (("Accept-Encoding", "gzip"), ("Range", "bytes=0-1"), ("If-Range", '"a"'), ("If-Modified-Since", "x"),
               ("If-None-Match", '"a","b"'))  # fmt: skip
    assert request_headers(headers, navigation=False, state_hash=HERE) is headers


@pytest.mark.parametrize(
    ("value", "navigation", "expected"),
    [
        (f'W/"a-ck{HERE}"', True, '"a"'),
        (f'"a-ck{HERE}"', True, '"a"'),
        (f'W/"a-ck{HERE}"', False, '"a"'),
        (f'W/"a-ck{THERE}"', True, None),
        (f'W/"a-ck{THERE}"', False, None),
        (f'W/"a-ck{HERE}", W/"b-ck{HERE}"', True, '"a", "b"'),
        (f'W/"a-ck{HERE}", W/"b-ck{THERE}", "c"', True, '"a"'),
        (f'W/"a-ck{HERE}", W/"b-ck{THERE}", W/"c"', False, '"a", W/"c"'),
        ('"a"', True, None),
        ('W/"a"', False, 'W/"a"'),
        ("*", True, "*"),
        (" * ", False, " * "),
        (f'W/"a,b-ck{HERE}"', True, '"a,b"'),
        (f'W/"-ck{HERE}"', True, '""'),
        (f'W/"a-ck{THERE}-ck{HERE}"', True, f'"a-ck{THERE}"'),
        (f'W/"a-ck{HERE}-gzip"', True, '"a"'),
        (f'W/"a-ck{HERE};br"', True, '"a"'),
        (f'W/"a-ck{HERE}x"', True, None),
        (f'W/"a-ck{HERE.upper()}"', True, None),
        ("nonsense", True, None),
        ("nonsense", False, "nonsense"),
        ("", True, None),
    ],
)
def test_if_none_match_comes_back(value: str, navigation: bool, expected: str | None) -> None:
    """A tag of this state is the app's again; one of another state is dropped; foreign ones stay outside navigations."""
    assert expected == asked(value, navigation=navigation)


def test_if_match_comes_back_from_every_state() -> None:
    """An update names the resource, so the state in its tag does not matter, and foreign tags stay."""
    assert '"a", "b"' == asked(f'"a-ck{THERE}", "b"', field="If-Match")
    assert '"a"' == asked('"a"', field="If-Match")


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (f'W/"a-ck{HERE}"', True),
        (f'"x", W/"a-ck{HERE}-gzip"', True),
        (f'W/"a-ck{THERE}"', False),
        ('"a"', False),
        ("*", False),
        ("", False),
    ],
)
def test_revalidates(value: str, expected: bool) -> None:
    """A request asks about a page of this state if one of its tags is of this state."""
    assert expected is revalidates((("if-none-match", value),), HERE)


tags = st.text(
    st.characters(codec="latin-1", exclude_categories=["Cc", "Zs"], exclude_characters='"\x7f\xa0\xad'), max_size=40
)


@given(tags, st.booleans())
def test_every_tag_comes_back_after_its_round(tag: str, weak: bool) -> None:
    """Whatever tag the app gives, it gets the same opaque part back, and never for another state."""
    given_tag = f'W/"{tag}"' if weak else f'"{tag}"'
    sent = header_values(answer(("ETag", given_tag)), "etag")
    assert [f'W/"{tag}-ck{HERE}"'] == sent
    assert f'"{tag}"' == asked(sent[0])
    assert request_headers((("If-None-Match", sent[0]),), navigation=True, state_hash=THERE) == ()


@given(
    st.text(max_size=60)
    | st.lists(st.sampled_from(['W/"a', '"', ",", f"-ck{HERE}", "*", " ", "\\", 'x"']), max_size=9).map("".join)
)
def test_any_condition_is_read(value: str) -> None:
    """No value of If-None-Match is an error, and none brings a foreign tag into a navigation."""
    found = asked(value)
    assert found is None or found.strip(" \t") == "*" or f"-ck{HERE}" in value


@pytest.mark.parametrize("tag", ["abc", '"a', 'a"b"', '"a" "b"', 'w/"a"', '"a"b'])
def test_tags_that_are_none_are_dropped(tag: str) -> None:
    """A tag outside the grammar cannot carry the state, so it goes."""
    assert [] == header_values(answer(("ETag", tag)), "etag")


def test_a_rewritten_page() -> None:
    """What was about the app's bytes goes, what says whom the page is for comes, and the rest stays."""
    headers = answer(
        ("Date", "d"), ("Last-Modified", "x"), ("Content-Length", "3"), ("Content-Encoding", "gzip"), ("Accept-Ranges", "bytes"),
        ("ETag", '"a"'), *((name, "x") for name in DIGESTS),
    )  # fmt: skip
    assert (
        ("Date", "d"), ("ETag", f'W/"a-ck{HERE}"'), ("Accept-Ranges", "none"), ("Cache-Control", "private"), ("Vary", "Cookie, Sec-GPC"),
    ) == headers  # fmt: skip


@pytest.mark.parametrize(
    ("status", "length", "expected"),
    [(200, 9, ["9"]), (200, None, []), (304, 9, []), (204, 9, []), (103, 9, []), (404, 9, ["9"])],
)
def test_content_length(status: int, length: int | None, expected: list[str]) -> None:
    """The length is that of our bytes or absent, and never there where there is no body (R141)."""
    assert expected == header_values(answer(("Content-Length", "3"), status=status, length=length), "content-length")


def test_not_modified_says_what_the_page_would() -> None:
    """A 304 has the same tag, Vary and Cache-Control as the page (R144)."""
    fields = (
        ("ETag", '"a"'),
        ("Cache-Control", "max-age=60"),
        ("Vary", "Accept"),
        ("Expires", "x"),
        ("Content-Location", "/a"),
    )
    page, not_modified = answer(*fields, length=9), answer(*fields, status=304)
    wanted = ("etag", "vary", "cache-control", "expires", "content-location")
    assert [header_values(page, name) for name in wanted] == [header_values(not_modified, name) for name in wanted]


@pytest.mark.parametrize(
    ("given_value", "expected"),
    [
        (None, "private"),
        ("public, max-age=60", "private, max-age=60"),
        ("max-age=60, s-maxage=9", "private, max-age=60"),
        ("no-cache", "private, no-cache"),
        ("no-store", "no-store"),
        ("Private, max-age=3", "Private, max-age=3"),
        ('private="x-y", max-age=3', "private, max-age=3"),
        ("no-transform", "private, no-transform"),
        ("", "private"),
    ],
)
def test_private_unless_stricter(given_value: str | None, expected: str) -> None:
    """Shared caches are kept away, and what is stricter is kept (R146)."""
    headers = private(()) if given_value is None else private((("Cache-Control", given_value),))
    assert [expected] == header_values(headers, "cache-control")


def test_private_is_said_to_every_cache() -> None:
    """Fields that some caches put above Cache-Control are taken out."""
    headers = private(
        (("CDN-Cache-Control", "max-age=9"), ("Surrogate-Control", "x"), ("X-Accel-Expires", "60"), ("A", "b"))
    )
    assert (("A", "b"), ("Cache-Control", "private")) == headers


@pytest.mark.parametrize(
    ("given_values", "expected"),
    [
        ([], ["Cookie, Sec-GPC"]),
        (["Accept"], ["Accept, Cookie, Sec-GPC"]),
        (["cookie, SEC-gpc"], ["cookie, SEC-gpc"]),
        (["*"], ["*"]),
        (["Accept, *"], ["Accept, *"]),
        (["Accept", "cookie"], ["Accept, cookie, Sec-GPC"]),
    ],
)
def test_vary(given_values: list[str], expected: list[str]) -> None:
    """Names are appended without doubles in any case of letters, and `*` is left alone (R146)."""
    headers = add_vary(tuple(("Vary", value) for value in given_values), "Cookie", "Sec-GPC", "Cookie")
    assert expected == header_values(headers, "vary")


def test_shared_pages_stay_as_cacheable_as_the_app_said() -> None:
    """In shared mode a page keeps its Cache-Control and varies by no visitor; its tag has the policy's hash."""
    headers = answer(("Cache-Control", "public, s-maxage=60"), ("ETag", '"a"'), ("CDN-Cache-Control", "x"), shared=True)
    assert ["public, s-maxage=60"] == header_values(headers, "cache-control")
    assert [] == header_values(headers, "vary")
    assert ["x"] == header_values(headers, "cdn-cache-control")
    assert [f'W/"a-ck{HERE}"'] == header_values(headers, "etag")


@pytest.mark.parametrize("rewritten", [True, False])
def test_cookies_are_never_shared(rewritten: bool) -> None:
    """An answer that sets a cookie is private, whatever the mode (R127)."""
    fields = (("Set-Cookie", "a=b"), ("Cache-Control", "public"))
    headers = response_headers(fields, 200, rewritten=rewritten, state_hash=HERE, length=None, shared=True)
    assert ["private"] == header_values(headers, "cache-control")


def test_other_answers_are_the_same_object() -> None:
    """What is not rewritten and sets no cookie keeps every field."""
    fields = (
        ("ETag", '"a"'),
        ("Last-Modified", "x"),
        ("Content-Length", "3"),
        ("Accept-Ranges", "bytes"),
        ("Content-Digest", "x"),
    )
    assert response_headers(fields, 200, rewritten=False, state_hash=HERE, length=None) is fields


def test_vary_of_other_answers() -> None:
    """An answer can vary by what it was chosen by without being a page."""
    headers = response_headers((), 200, rewritten=False, state_hash=HERE, length=None, vary=("Sec-Fetch-Dest",))
    assert (("Vary", "Sec-Fetch-Dest"),) == headers


def test_trailers() -> None:
    """Trailers about the app's bytes are neither announced nor sent; others are (R148, R152)."""
    assert (("X-Time", "3"),) == trailers((("Content-Digest", "x"), ("X-Time", "3"), ("repr-digest", "y")))
    assert ["X-Time"] == header_values(answer(("Trailer", "Content-Digest, X-Time")), "trailer")
    assert [] == header_values(answer(("Trailer", "Repr-Digest")), "trailer")
    assert ["X-Time"] == header_values(answer(("Trailer", "X-Time")), "trailer")


class SharedCache:
    """A cache for everybody that obeys Cache-Control and Vary (RFC 9111)."""

    def __init__(self) -> None:
        self._stored: list[tuple[dict[str, list[str]], str]] = []

    def get(self, request: Headers) -> str | None:
        """The page stored for such a request, or None."""
        for chosen_by, page in self._stored:
            if all(values == header_values(request, name) for name, values in chosen_by.items()):
                return page
        return None

    def put(self, request: Headers, response: Headers, page: str) -> None:
        """Store the page if that is allowed."""
        control = ", ".join(header_values(response, "cache-control")).lower()
        names = [name.strip() for value in header_values(response, "vary") for name in value.split(",")]
        if "private" in control or "no-store" in control or "*" in names:
            return
        self._stored.append(({name: header_values(request, name) for name in names}, page))


@given(
    st.lists(st.tuples(st.sampled_from(["", "c=granted", "c=denied"]), st.sampled_from(["", "1"])), min_size=2, max_size=8),
    st.sampled_from(["", "public, max-age=60", "max-age=60", "s-maxage=60"]), st.sampled_from(["", "Accept", "cookie"]),
)  # fmt: skip
def test_no_visitor_gets_the_page_of_another(visits: list[tuple[str, str]], control: str, vary: str) -> None:
    """Whatever the app says of caching, a shared cache in front gives nobody the page for another state (R146)."""
    cache = SharedCache()
    for cookie, signal in visits:
        request = (*((("Cookie", cookie),) if cookie else ()), *((("Sec-GPC", signal),) if signal else ()))
        page = f"{cookie}|{signal}"
        fields = (*((("Cache-Control", control),) if control else ()), *((("Vary", vary),) if vary else ()))
        found = cache.get(request)
        assert found in {None, page}
        if found is None:
            cache.put(request, answer(*fields), page)


def test_a_change_of_mind_gets_the_new_page() -> None:
    """After a change of mind the browser's conditional request gets the page anew; without one a 304 (R143)."""

    def app(request: Headers) -> tuple[int, Headers]:
        good = '"v1"' in ", ".join(header_values(request, "if-none-match"))
        return (304 if good else 200), (("ETag", '"v1"'), ("Last-Modified", "x"))

    def visit(kept: str | None, state: str) -> tuple[int, str]:
        sent = (
            ("Sec-Fetch-Dest", "document"),
            *((("If-None-Match", kept),) if kept else ()),
            ("If-Modified-Since", "x"),
        )
        status, fields = app(request_headers(sent, navigation=True, state_hash=state))
        rewritten = status == 200 or revalidates(sent, state)
        headers = response_headers(fields, status, rewritten=rewritten, state_hash=state, length=None)
        return status, header_values(headers, "etag")[0]

    status, tag = visit(None, HERE)
    assert 200 == status
    assert (304, tag) == visit(tag, HERE)
    changed_status, changed_tag = visit(tag, THERE)
    assert 200 == changed_status
    assert tag != changed_tag
    assert (304, changed_tag) == visit(changed_tag, THERE)
