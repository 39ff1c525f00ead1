"""Set-Cookie fields, read as user agents do and hardened."""

from __future__ import annotations

import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consentkit.consent.set_cookie import LIFETIME_CAP
from consentkit.headers.set_cookie import SetCookie, harden, parse_cookie_date, parse_set_cookie

NOW = 1_790_000_000.0
FUTURE = "Fri, 01 Jan 2100 00:00:00 GMT"

# Pieces from which fields of every kind can be put together, well-formed and not.
pieces = st.sampled_from([
    "a=b", "a", "=b", "", " ", "__Host-x=1", "__Secure-x=1", "__Http-x=1", "__host-HTTP-x=1", "Secure", "secure=false", "HttpOnly",
    "SameSite=Lax", "SameSite=None", "samesite = strict ", "SameSite=what", "SameSite", "Path=/", "Path=/p", "Path=p", "Domain=x.example",
    "Domain=.x.example", "Domain=", "Max-Age=0", "Max-Age=-1", "Max-Age=999999999999", "Max-Age=x", "max-age= 40000000 ", "Max-Age=5",
    "Expires=Thu, 01 Jan 1970 00:00:00 GMT", f"Expires={FUTURE}", "Expires=never", "Partitioned", "Priority=High", "Path=/" + "p" * 1024,
])  # fmt: skip
fields = st.lists(pieces, min_size=1, max_size=7).map("; ".join) | st.lists(pieces, max_size=5).map(";".join)


def read(value: str) -> SetCookie:
    """The cookie that a field sets."""
    cookie = parse_set_cookie(value)
    assert cookie is not None
    return cookie


@pytest.mark.parametrize(
    ("field", "name", "value"),
    [
        ("a=b", "a", "b"),
        (" a = b ; Secure", "a", "b"),
        ("a=b=c", "a", "b=c"),
        ("a", "", "a"),
        ("=b", "", "b"),
        ("a=", "a", ""),
        ('a="b"', "a", '"b"'),
        ("a=b,c=d", "a", "b,c=d"),
        ("", "", ""),
        (";a=b", "", ""),
        ("a\t=\tb", "a", "b"),
        ("\xa0a=b\xa0", "\xa0a", "b\xa0"),
    ],
)
def test_name_and_value(field: str, name: str, value: str) -> None:
    """Name and value are cut where user agents cut them, and commas belong to the value."""
    assert (name, value) == (read(field).name, read(field).value)


@pytest.mark.parametrize("control", ["\0", "\r", "\n", "\x1f", "\x7f", "\x08"])
def test_controls_make_it_unreadable(control: str) -> None:
    """A field with a control character is no cookie; a tab is white space."""
    assert parse_set_cookie(f"a=b{control}; Secure") is None
    assert read("a=b;\tSecure").secure


def test_the_last_attribute_counts() -> None:
    """Of several attributes of one name the last counts; of numbers and dates the last that is one."""
    cookie = read(
        "a=b; Path=/x; PATH=/y; Max-Age=5; Max-Age=x; SameSite=Lax; samesite=Strict; Domain=A.example; domain=.B.example"
    )
    assert ("/y", 5, "strict", "b.example") == (cookie.path, cookie.max_age, cookie.same_site, cookie.domain)


def test_attributes_that_mean_nothing() -> None:
    """Values outside what is defined are like attributes that are missing."""
    cookie = read("a=b; Path=x; SameSite=what; Max-Age=+5; Domain=; Expires=soon; Path=" + "/" * 1025)
    assert [None] * 5 == [cookie.path, cookie.same_site, cookie.max_age, cookie.domain, cookie.expires]


def test_flags_count_with_any_value() -> None:
    """`Secure=false` is secure."""
    cookie = read("a=b; secure=false; HTTPONLY=0; Partitioned=no")
    assert (True, True, True) == (cookie.secure, cookie.http_only, cookie.partitioned)


@pytest.mark.parametrize(
    ("field", "deletes"),
    [
        ("a=b", False),
        ("a=; Max-Age=0", True),
        ("a=b; Max-Age=-3", True),
        ("a=b; Max-Age=1", False),
        ("a=b; Expires=Thu, 01 Jan 1970 00:00:00 GMT", True),
        (f"a=b; Expires={FUTURE}", False),
        ("a=b; Max-Age=9; Expires=Thu, 01 Jan 1970 00:00:00 GMT", False),
        (f"a=b; Max-Age=0; Expires={FUTURE}", True),
        ("a=b; Max-Age=x; Expires=Thu, 01 Jan 1970 00:00:00 GMT", True),
        ("a=b; Max-Age=0; Max-Age=9", False),
        ("a=b; Max-Age=" + "9" * 5000, False),
    ],
)
def test_deletions(field: str, deletes: bool) -> None:
    """Max-Age beats Expires; a lifetime of nothing or a date that has passed deletes."""
    assert deletes is read(field).deletes(NOW)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Sun, 06 Nov 1994 08:49:37 GMT", (1994, 11, 6, 8, 49, 37)),
        ("Sunday, 06-Nov-94 08:49:37 GMT", (1994, 11, 6, 8, 49, 37)),
        ("Sun Nov  6 08:49:37 1994", (1994, 11, 6, 8, 49, 37)),
        ("6 nov 69 1:2:3", (2069, 11, 6, 1, 2, 3)),
        ("6 nov 70 1:2:3", (1970, 11, 6, 1, 2, 3)),
        ("1994 Nov 08:49:37 6", (1994, 11, 6, 8, 49, 37)),
        ("08:49:37 6 november-ish 1994th", (1994, 11, 6, 8, 49, 37)),
        ("Sun, 31 Feb 1994 08:49:37 GMT", None),
        ("Sun, 06 Nov 1600 08:49:37 GMT", None),
        ("Sun, 06 Nov 1994 24:00:00 GMT", None),
        ("06 Nov 1994", None),
        ("", None),
        ("0", None),
    ],
)
def test_dates(text: str, expected: tuple[int, int, int, int, int, int] | None) -> None:
    """Dates are read by the draft's own algorithm: in any order, in the old forms, with what follows a number ignored."""
    wanted = None if expected is None else datetime.datetime(*expected, tzinfo=datetime.UTC).timestamp()
    assert wanted == parse_cookie_date(text)


@given(
    st.text(max_size=60)
    | st.from_regex(r"[0-9]{1,3} \w{3,4} [0-9]{2,5} [0-9]{1,3}:[0-9]{1,3}:[0-9]{1,3}", fullmatch=True)
)
def test_any_text_is_a_date_or_none(text: str) -> None:
    """No text makes reading a date fail."""
    parse_cookie_date(text)


@given(st.datetimes(datetime.datetime(1971, 1, 1), datetime.datetime(2400, 1, 1)))  # noqa: DTZ001
def test_dates_round_trip(date: datetime.datetime) -> None:
    """Every date in the form that is sent today is read as it was meant."""
    date = date.replace(microsecond=0, tzinfo=datetime.UTC)
    assert date.timestamp() == parse_cookie_date(date.strftime("%a, %d %b %Y %H:%M:%S GMT"))


@pytest.mark.parametrize(
    ("field", "expected"),
    [
        ("a=b", "a=b; Secure; HttpOnly; SameSite=Lax"),
        ("a=b;", "a=b; Secure; HttpOnly; SameSite=Lax"),
        ("a=b; ", "a=b;  Secure; HttpOnly; SameSite=Lax"),
        (
            "a=b;Secure;Path=/x;Domain=x.example;Odd=1",
            "a=b;Secure;Path=/x;Domain=x.example;Odd=1; HttpOnly; SameSite=Lax",
        ),
        ("a=b; SameSite=None", "a=b; SameSite=None; Secure; HttpOnly"),
        ("a=b; samesite=strict; SECURE; httponly", "a=b; samesite=strict; SECURE; httponly"),
        ("a=b; SameSite=what; Secure; HttpOnly", "a=b; SameSite=what; Secure; HttpOnly; SameSite=Lax"),
        (
            "a=b; Max-Age=99999999; Secure; HttpOnly; SameSite=Lax",
            f"a=b; Max-Age={LIFETIME_CAP}; Secure; HttpOnly; SameSite=Lax",
        ),
        (
            "a=b; max-age = 99999999 ;x; Max-Age=z",
            f"a=b; max-age = {LIFETIME_CAP} ;x; Max-Age=z; Secure; HttpOnly; SameSite=Lax",
        ),
        (f"a=b; Expires={FUTURE}", f"a=b; Expires={FUTURE}; Secure; HttpOnly; SameSite=Lax; Max-Age={LIFETIME_CAP}"),
        ("a=; Max-Age=0", "a=; Max-Age=0"),
        ("__Secure-a=; Max-Age=0", "__Secure-a=; Max-Age=0; Secure"),
        ("__Http-a=; Max-Age=0", "__Http-a=; Max-Age=0; Secure; HttpOnly"),
        ("a=; Max-Age=0; SameSite=None", "a=; Max-Age=0; SameSite=None; Secure"),
    ],
)
def test_hardening(field: str, expected: str) -> None:
    """What is missing is added behind, a lifetime is shortened in its place, and the rest is as it was."""
    assert expected == harden(read(field), secure=True, http_only=True, now=NOW)[0]


@pytest.mark.parametrize(
    ("field", "expected"),
    [
        ("a=b", "a=b; SameSite=Lax"),
        ("a=b; SameSite=None", "a=b; SameSite=None; Secure"),
        ("a=b; Partitioned; SameSite=None", "a=b; Partitioned; SameSite=None; Secure"),
        ("__Host-a=b; Path=/", "__Host-a=b; Path=/; Secure; SameSite=Lax"),
        ("__HTTP-a=b", "__HTTP-a=b; Secure; HttpOnly; SameSite=Lax"),
    ],
)
def test_hardening_over_http(field: str, expected: str) -> None:
    """Over plain HTTP only what browsers refuse without it gets Secure: nothing is lost by that."""
    assert expected == harden(read(field), secure=False, http_only=False, now=NOW)[0]


@given(fields, st.booleans(), st.booleans())
def test_hardening_is_idempotent_and_never_weakens(field: str, secure: bool, http_only: bool) -> None:
    """A second pass changes nothing; name, value, Domain and Path stay; no protection is taken off."""
    before = read(field)
    text, changed = harden(before, secure=secure, http_only=http_only, now=NOW)
    after = read(text)
    assert (text, []) == harden(after, secure=secure, http_only=http_only, now=NOW)
    assert (text == field) == (changed == [])
    kept = ("name", "value", "domain", "path", "partitioned", "expires")
    assert [getattr(before, name) for name in kept] == [getattr(after, name) for name in kept]
    assert after.secure >= before.secure
    assert after.http_only >= before.http_only
    assert after.same_site == (before.same_site or (None if before.deletes(NOW) else "lax"))
    assert before.deletes(NOW) == after.deletes(NOW)
    assert after.max_age is None or after.max_age <= LIFETIME_CAP
    if before.max_age is not None:
        assert after.max_age == min(before.max_age, LIFETIME_CAP)
    assert text.startswith(field) or (before.max_age or 0) > LIFETIME_CAP
    untouched = [each for each in before.attributes if each[0] not in {"max-age", ""}]
    assert untouched == [each for each in after.attributes if each[0] not in {"max-age", ""}][: len(untouched)]


@given(fields)
def test_a_hardened_cookie_has_it_all(field: str) -> None:
    """Over https every cookie that is set has Secure, HttpOnly and SameSite afterwards."""
    cookie = read(harden(read(field), secure=True, http_only=True, now=NOW)[0])
    assert cookie.deletes(NOW) or (cookie.secure and cookie.http_only and cookie.same_site)


@given(st.text(max_size=100) | st.binary(max_size=100).map(lambda data: data.decode("latin-1")))
def test_any_field_is_read(field: str) -> None:
    """Whatever an app sends, reading and hardening it is no error, and what it sets stays the same."""
    cookie = parse_set_cookie(field)
    if cookie is not None:
        text, _ = harden(cookie, secure=True, http_only=True, now=NOW)
        assert (cookie.name, cookie.value) == (read(text).name, read(text).value)


@pytest.mark.parametrize(
    ("field", "reason"),
    [
        ("a=b", None),
        ("=", "neither name nor value"),
        ("", "neither name nor value"),
        ("a=" + "b" * 4096, "4096"),
        ("__Host-a=b", "Path"),
        ("__HOST-a=b; Path=/; Domain=x.example", "Domain"),
        ("__Host-a=b; Path=/", None),
    ],
)
def test_what_browsers_refuse(field: str, reason: str | None) -> None:
    """A cookie that no browser would store says why, where nothing that may be changed would mend it."""
    assert (reason is None) is (read(field).refused is None)
    assert (reason or "") in (read(field).refused or "")
