"""The gate: which cookies pass in either direction, and which are deleted."""

from __future__ import annotations

import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consentkit.consent.state import Consent, deny_all, grant, grant_all
from consentkit.headers.cookies import MAX_DELETED, MAX_EXPIRIES, CookieGate, NamePattern
from consentkit.headers.set_cookie import parse_set_cookie
from consentkit.http import Headers
from tests.policies import cookie, exempt, make_policy, purpose, service

NOW = 1_790_000_000.0
POLICY = make_policy(
    cookies=[cookie("basket", "basket"), cookie("seen", "numbers"), cookie("theme", "numbers", readable=True), cookie("_ga_shop", "numbers")],
    services=[
        service("counter", "numbers", cookies=[cookie("_ga"), cookie("_ga_*"), cookie("_pk_id.*", path="/shop"), cookie("both")]),
        service("adverts", "ads", cookies=[cookie("_ad*"), cookie("both"), cookie("fraud", "basket"), cookie("stats", "numbers")]),
    ],
)  # fmt: skip
GATE = CookieGate(POLICY, exempt=["session", "csrf*"], own="__Host-consent")
UNDECIDED, DENIED, GRANTED = Consent(POLICY), Consent(POLICY, deny_all(POLICY)), Consent(POLICY, grant_all(POLICY))
NUMBERS, ADS = Consent(POLICY, grant(POLICY, ["numbers"])), Consent(POLICY, grant(POLICY, ["ads"]))
FULL = "; Secure; HttpOnly; SameSite=Lax"


def sent(*values: str) -> Headers:
    """An app's answer that sets these cookies."""
    return (("Content-Type", "text/html"), *(("Set-Cookie", value) for value in values))


def names(headers: Headers) -> list[str]:
    """The names of the cookies that an answer sets."""
    return [value.partition("=")[0] for key, value in headers if key.lower() == "set-cookie"]


@pytest.mark.parametrize(
    ("pattern", "name", "expected"),
    [
        ("a", "a", True), ("a", "A", False), ("a", "ab", False), ("*", "", True), ("*", "x", True), ("_ga_*", "_ga_", True),
        ("_ga_*", "_ga_X1", True), ("_ga_*", "_ga", False), ("*_x", "a_x", True), ("*_x", "_x_", False), ("a*a", "a", False),
        ("a*a", "aa", True), ("a*b*c", "a1b2c", True), ("a*b*c", "acb", False), ("a**b", "ab", True), ("_pk_id.*", "_pk_idx1", False),
        ("*a*", "bab", True), ("ab*ba", "aba", False), ("a*bb*b", "abb", False), ("[a]?*", "[a]?x", True), ("[a]?*", "ax", False),
    ],
)  # fmt: skip
def test_patterns(pattern: str, name: str, expected: bool) -> None:
    """`*` stands for anything, every other character for itself, and the case of letters counts."""
    assert expected is NamePattern(pattern).matches(name)


@given(
    st.lists(st.text("ab", max_size=3), min_size=1, max_size=5),
    st.lists(st.text("ab", max_size=2), min_size=5, max_size=5),
)
def test_patterns_match_what_they_were_made_of(parts: list[str], fillings: list[str]) -> None:
    """A name made by filling the gaps of a pattern matches it."""
    name = "".join(part + filling for part, filling in zip(parts, [*fillings[: len(parts) - 1], ""], strict=True))
    assert NamePattern("*".join(parts)).matches(name)


def test_patterns_are_linear() -> None:
    """A pattern with many stars on a long name is decided at once."""
    assert not NamePattern("*a" * 50 + "b").matches("a" * 100_000)


@pytest.mark.parametrize(
    ("consent", "kept"),
    [
        (UNDECIDED, "session=1; basket=2; fraud=9; other=3"),
        (DENIED, "session=1; basket=2; fraud=9; other=3"),
        (NUMBERS, "session=1; basket=2; fraud=9; other=3; seen=4; _ga_X=5; both=6"),
        (ADS, "session=1; basket=2; fraud=9; other=3; both=6; _ads=7"),
        (GRANTED, "session=1; basket=2; fraud=9; other=3; seen=4; _ga_X=5; both=6; _ads=7; stats=8"),
    ],
)
def test_incoming(consent: Consent, kept: str) -> None:
    """The app gets the cookies of what is granted or exempt, and those that nobody declared (R15)."""
    header = "session=1; basket=2; fraud=9; other=3; seen=4; _ga_X=5; both=6; _ads=7; stats=8"
    found, removed = GATE.incoming(header, consent)
    assert kept == found
    assert removed == tuple(pair.partition("=")[0] for pair in header.split("; ") if pair not in kept)


@pytest.mark.parametrize(
    "header", [None, "", "a=b;c=d", "a=b;;  ;c", "=x", "x", " session = 1 ", '__Host-consent=x; q="1;2"']
)
def test_incoming_is_the_same_where_nothing_is_removed(header: str | None) -> None:
    """A field without refused cookies reaches the app byte for byte, malformed parts and our own cookie included."""
    assert (header, ()) == GATE.incoming(header, UNDECIDED)


def test_incoming_removes_in_any_spelling() -> None:
    """A refused cookie is removed with white space around it, twice, and without a value."""
    assert (None, ("seen",)) == GATE.incoming(" seen =1;\xa0seen=2; seen", UNDECIDED)
    assert ("a=b;c=d", ("seen", "_ga")) == GATE.incoming("a=b;seen=1;c=d;_ga=2; seen=3", UNDECIDED)


def test_incoming_blocks_undeclared_where_the_policy_says_so() -> None:
    """With `undeclared_cookies = "block"` what nobody declared does not reach the app; the exempt does."""
    gate = CookieGate(make_policy(undeclared_cookies="block"), exempt=["session"], own="c")
    assert ("session=1; c=3", ("other", "")) == gate.incoming("session=1;other=2; c=3; =4", UNDECIDED)


@given(st.text(max_size=200))
def test_any_cookie_field_is_judged(header: str) -> None:
    """Whatever comes is judged without an error, and what is left is part of what came."""
    found, removed = GATE.incoming(header, UNDECIDED)
    left = [] if found is None else found.split(";")
    assert set(map(str.strip, left)) <= set(map(str.strip, header.split(";")))
    assert removed or found == header


def test_a_megabyte_of_names_is_judged() -> None:
    """Very long fields and names are judged like any other, and not remembered."""
    assert ("_g" * 500_000, ()) == GATE.incoming("_g" * 500_000, UNDECIDED)
    assert (None, ("_ga_" + "x" * 500_000,)) == GATE.incoming("_ga_" + "x" * 500_000, UNDECIDED)
    assert (None, ("seen",)) == GATE.incoming("seen=1; " * 100_000 + "seen", UNDECIDED)


@pytest.mark.parametrize(
    ("consent", "expected"),
    [
        (UNDECIDED, ["session", "basket", "fraud", "other"]),
        (NUMBERS, ["session", "basket", "fraud", "other", "seen", "_ga_X", "both"]),
        (GRANTED, ["session", "basket", "fraud", "other", "seen", "_ga_X", "both", "_ads", "stats"]),
    ],
)
def test_outgoing_gate(consent: Consent, expected: list[str]) -> None:
    """An answer sets the cookies of what is granted or exempt; the others are taken out, the order stays."""
    headers = sent(
        *(
            f"{name}=1{FULL}"
            for name in ("session", "basket", "fraud", "other", "seen", "_ga_X", "both", "_ads", "stats")
        )
    )
    assert expected == names(GATE.outgoing(headers, consent, secure=True, now=NOW)[0])


def test_the_closest_declaration_counts() -> None:
    """An exact name goes before a pattern, the longer pattern before the shorter, the site's own before a service's."""
    policy = make_policy(
        cookies=[cookie("x_a", "basket"), cookie("same", "basket")],
        services=[
            service("one", "ads", cookies=[cookie("x_*"), cookie("x_long*", "basket"), cookie("same")]),
        ],
    )
    gate = CookieGate(policy)
    assert ("x_a=1; x_long1=3; same=4", ("x_b",)) == gate.incoming("x_a=1; x_b=2; x_long1=3; same=4", Consent(policy))


def test_only_cookies_are_cookies() -> None:
    """A declaration of local storage says nothing about a cookie of that name."""
    policy = make_policy(services=[service("one", "ads", cookies=[cookie("k", type="local_storage")])])
    assert ("k=1", ()) == CookieGate(policy).incoming("k=1", Consent(policy))


def test_blocked_cookies_are_noticed() -> None:
    """A cookie that was not sent is noted with the purpose it would need."""
    _, notices = GATE.outgoing(sent("seen=1"), UNDECIDED, secure=True, now=NOW)
    assert [("cookie-blocked", "seen")] == [(n.kind, n.subject) for n in notices]
    assert "numbers" in notices[0].message


@pytest.mark.parametrize(
    "field", ["seen=; Max-Age=0", "seen=x; expires=Thu, 01 Jan 1970 00:00:00 GMT", "seen=; Max-Age=-1; Secure"]
)
def test_deletions_always_pass(field: str) -> None:
    """An app may delete any cookie, whatever was granted, and without a word."""
    headers = sent(field)
    assert (headers, []) == GATE.outgoing(headers, DENIED, secure=True, now=NOW)


def test_an_answer_without_cookies_is_the_same_object() -> None:
    """Nothing is copied where there is nothing to judge or to change."""
    for headers in (sent(), sent(f"basket=1{FULL}", f"session=2{FULL}")):
        assert GATE.outgoing(headers, UNDECIDED, secure=True, now=NOW)[0] is headers


def test_field_names_in_any_case_each_its_own() -> None:
    """Every Set-Cookie field stays its own pair under the name it came with; nothing is joined or cut at commas."""
    headers = (("set-COOKIE", "basket=a,seen=b"), ("X", "1"), ("Set-Cookie", "session=2"))
    out, _ = GATE.outgoing(headers, UNDECIDED, secure=True, now=NOW)
    assert (("set-COOKIE", f"basket=a,seen=b{FULL}"), ("X", "1"), ("Set-Cookie", f"session=2{FULL}")) == out


@pytest.mark.parametrize(
    "name", ["theme", "csrftoken", "XSRF-TOKEN", "_xsrf", "__Host-csrftoken", "__Secure-XSRF-TOKEN"]
)
def test_readable_cookies_keep_no_http_only(name: str) -> None:
    """Cookies declared readable, and frameworks' tokens that scripts read, get no HttpOnly."""
    out, _ = GATE.outgoing(sent(f"{name}=1; Path=/"), GRANTED, secure=True, now=NOW)
    assert f"{name}=1; Path=/; Secure; SameSite=Lax" == out[1][1]


def test_an_app_can_name_further_readable_cookies() -> None:
    """Names that the app gives, with `*`, keep no HttpOnly either, with and without a prefix."""
    gate = CookieGate(make_policy(), readable=["my_csrf*"])
    out, _ = gate.outgoing(sent("my_csrf_1=1", "__Secure-my_csrf=1", "other=1"), UNDECIDED, secure=True, now=NOW)
    assert [False, False, True] == ["HttpOnly" in value for key, value in out if key == "Set-Cookie"]


def test_lax_hardening_leaves_http_only_alone() -> None:
    """With `harden = "lax"` cookies get Secure and SameSite only."""
    out, _ = CookieGate(make_policy(harden="lax")).outgoing(sent("a=1"), UNDECIDED, secure=True, now=NOW)
    assert "a=1; Secure; SameSite=Lax" == out[1][1]


def test_hardening_is_noticed() -> None:
    """What was added is noted, with the way to have a script read the cookie all the same."""
    _, notices = GATE.outgoing(sent("basket=1"), UNDECIDED, secure=True, now=NOW)
    assert [("cookie-hardened", "basket")] == [(n.kind, n.subject) for n in notices]
    assert "Secure, HttpOnly, SameSite=Lax" in notices[0].message
    assert "readable = true" in notices[0].message


def test_our_own_cookie_is_not_touched() -> None:
    """The consent cookie that an app sends for us passes as it is."""
    headers = sent("__Host-consent=abc; Path=/")
    assert (headers, []) == GATE.outgoing(headers, UNDECIDED, secure=True, now=NOW)


@pytest.mark.parametrize("mode", ["warn", "allow", "block"])
def test_undeclared_cookies(mode: str) -> None:
    """Undeclared cookies pass with a notice, pass in silence, or are taken out with a notice."""
    policy = make_policy(undeclared_cookies=mode)
    headers = sent(f"other=1{FULL}", f"session=1{FULL}", f"gone={FULL}; Max-Age=0")
    out, notices = CookieGate(policy, exempt=["session"]).outgoing(headers, Consent(policy), secure=True, now=NOW)
    assert (["session", "gone"] if mode == "block" else ["other", "session", "gone"]) == names(out)
    assert ([] if mode == "allow" else [("undeclared-cookie", "other")]) == [(n.kind, n.subject) for n in notices]


@pytest.mark.parametrize(
    ("field", "lifetime"),
    [
        ("o=1", "session"),
        ("o=1; Max-Age=7776000", "90 days"),
        ("o=1; Max-Age=90", "90 seconds"),
        ('o"\xe9=1; Expires=Fri, 01 Jan 2100 00:00:00 GMT', "1 year"),
    ],
)
def test_the_notice_holds_the_lines_that_declare_it(field: str, lifetime: str) -> None:
    """The lines in the notice are TOML, and a policy with them knows the cookie."""
    _, notices = GATE.outgoing(sent(field), UNDECIDED, secure=True, now=NOW)
    notice = next(n for n in notices if n.kind == "undeclared-cookie")
    declared = tomllib.loads(notice.message.partition("\n")[2])
    assert lifetime == declared["cookies"][0]["lifetime"]
    policy = make_policy(cookies=declared["cookies"])
    _, again = CookieGate(policy).outgoing(sent(field), Consent(policy), secure=True, now=NOW)
    assert "undeclared-cookie" not in [n.kind for n in again]


@pytest.mark.parametrize(
    ("purposes", "line"),
    [
        (["necessary", "media", "letter"], 'purpose = "necessary"  # or media'),
        (["necessary"], 'purpose = "necessary"'),
        (["media", "analytics", "letter"],
         'purpose = "media"  # or analytics; an exempt purpose if visitors asked for what it does, such as a log-in'),
        (["media"], 'purpose = "media"  # an exempt purpose if visitors asked for what it does, such as a log-in'),
        (["letter"], 'purpose = "letter"  # an exempt purpose if visitors asked for what it does, such as a log-in'),
    ],
)  # fmt: skip
def test_the_notice_names_the_purposes_that_a_cookie_can_have(purposes: list[str], line: str) -> None:
    """Most undeclared cookies are sessions: exempt purposes come first, and those asked for at forms do not come."""
    made = {
        "necessary": exempt("necessary"),
        "media": purpose("media"),
        "analytics": purpose("analytics"),
        "letter": purpose("letter", asked="form"),
    }
    policy = make_policy(purposes=[made[each] for each in purposes], services=[], cookies=[])
    _, notices = CookieGate(policy).outgoing(sent("session=1"), Consent(policy), secure=True, now=NOW)
    assert line in notices[0].message.splitlines()


def test_nameless_cookies_are_noticed() -> None:
    """A cookie without a name cannot be declared; the notice says to give it one."""
    out, notices = GATE.outgoing(sent("value"), UNDECIDED, secure=True, now=NOW)
    assert "give it one" in notices[0].message
    assert f"value{FULL}" == out[1][1]


@pytest.mark.parametrize(
    ("field", "name"), [("=seen=1", "seen"), ("seen", "seen"), ("= _ga_X=2; Path=/", "_ga_X"), ("seen\xa0=1", "seen")]
)
def test_cookies_are_judged_as_what_comes_back(field: str, name: str) -> None:
    """Of a nameless cookie its value comes back, in which servers see a name, without odd white space: that is judged."""
    out, notices = GATE.outgoing(sent(field), UNDECIDED, secure=True, now=NOW)
    assert sent() == out
    assert [("cookie-blocked", name)] == [(n.kind, n.subject) for n in notices]
    assert 1 == len(names(GATE.outgoing(sent(field), NUMBERS, secure=True, now=NOW)[0]))


@pytest.mark.parametrize("field", ["=", "__Host-x=1", "__Host-x=1; Path=/; Domain=shop.example", "x=" + "y" * 5000])
def test_cookies_that_browsers_refuse(field: str) -> None:
    """A cookie that no browser stores is sent as it is, and the owner is told why it never arrives."""
    headers = sent(field)
    out, notices = GATE.outgoing(headers, UNDECIDED, secure=True, now=NOW)
    assert headers == out
    assert "cookie-refused" in [n.kind for n in notices]


def test_control_characters_are_dropped() -> None:
    """A cookie with control characters, which browsers read in different ways, is not sent."""
    out, notices = GATE.outgoing(sent("a=b\nSet-Cookie: seen=1", f"basket=1{FULL}"), UNDECIDED, secure=True, now=NOW)
    assert ["basket"] == names(out)
    assert ["cookie-refused"] == [n.kind for n in notices]


@given(st.lists(st.sampled_from(["basket", "seen", "other", "_ga_1", "__Host-x"]).flatmap(
    lambda name: st.sampled_from(["", "; Secure", "; Path=/", "; Max-Age=0", "; SameSite=None", "; Domain=x.example"]).map(
        lambda rest: f"{name}=v{rest}")), max_size=6), st.sampled_from([UNDECIDED, NUMBERS, GRANTED]), st.booleans())  # fmt: skip
def test_outgoing_is_idempotent(values: list[str], consent: Consent, secure: bool) -> None:
    """A second gate behind the first changes nothing, and no other field is touched."""
    once, _ = GATE.outgoing(sent(*values), consent, secure=secure, now=NOW)
    assert GATE.outgoing(once, consent, secure=secure, now=NOW)[0] is once
    assert ("Content-Type", "text/html") == once[0]


Stored = tuple[str, str | None, str, bool]


def jar_after(values: list[str], stored: set[Stored], host: str) -> set[Stored]:
    """What a browser's jar of (name, domain, path, partitioned) still holds after these deletions arrived from a host."""
    left = set(stored)
    for value in values:
        read = parse_set_cookie(value)
        assert read is not None
        assert read.deletes(NOW)
        assert read.domain is None or host == read.domain or host.endswith("." + read.domain)
        partitioned = value.endswith("; Partitioned")
        assert "; Secure" in value or not partitioned
        left.discard((read.name, read.domain, read.path or "", partitioned))
    return left


def test_expiries_empty_the_jar() -> None:
    """Whatever Domain a refused cookie was set with, and whatever declared path, the browser forgets it (R116)."""
    stored = {
        (name, domain, path, False)
        for name in ("_ga", "_pk_id.1")
        for domain in (None, "shop.example", "www.shop.example", "a.www.shop.example")
        for path in ("/", "/shop")
        if name == "_pk_id.1" or path == "/"
    }
    values = GATE.expiries(["_ga", "_pk_id.1"], "a.www.shop.example:443", now=NOW)
    assert set() == jar_after(values, stored, "a.www.shop.example")


@pytest.mark.parametrize(
    ("path", "places"),
    [
        ("/", ["/"]),
        ("/a", ["/", "/a"]),
        ("/a/", ["/", "/a", "/a/"]),
        ("/a/b%20c/d", ["/", "/a", "/a/", "/a/b%20c", "/a/b%20c/", "/a/b%20c/d"]),
        ("", ["/"]),
        ("/a;b/c", ["/"]),
        ("/" + "a" * 600, ["/"]),
        ("/1/2/3/4/5/6/7", ["/", *(f"{p}{s}" for p in ("/1/2/3/4/5/6", "/1/2/3/4/5", "/1/2/3/4", "/1/2/3", "/1/2")
                                   for s in ("", "/")), "/1/2/3/4/5/6/7"]),
    ],
)  # fmt: skip
def test_expiries_reach_the_folders_of_the_page(path: str, places: list[str]) -> None:
    """A cookie that came with a request is deleted from each path that it can have, declared or not, in few answers."""
    stored = {("_ga", domain, place, apart) for place in places for domain in (None, "shop.example")
              for apart in (False, True)}  # fmt: skip
    left, answers = set(stored), 0
    while left and answers < 3:
        answers += 1
        values = GATE.expiries(["_ga"], "shop.example", path=path, now=NOW + answers)
        assert len(values) <= MAX_EXPIRIES
        left = jar_after(values, left, "shop.example")
    assert set() == left
    assert {read.path for value in values if (read := parse_set_cookie(value))} <= {*places}


def test_partitioned_cookies_are_deleted_over_https_alone() -> None:
    """What is kept apart needs `Partitioned` and `Secure` to be deleted, which browsers refuse over http."""
    fields = GATE.expiries(["_ga"], "shop.example", now=NOW)
    assert [False] * 2 + [True] * 2 == [value.endswith("; Secure; SameSite=None; Partitioned") for value in fields]
    assert fields[:2] == GATE.expiries(["_ga"], "shop.example", secure=False, now=NOW)


def test_expiries_of_prefixed_names() -> None:
    """A `__Host-` name has one place only, and prefixed names are deleted with what their prefix asks for."""
    usual = "__Host-a=; Expires=Thu, 01 Jan 1970 00:00:00 GMT; Max-Age=0; Path=/; Secure; HttpOnly; SameSite="
    assert [f"{usual}Lax", f"{usual}None; Partitioned"] == GATE.expiries(
        ["__Host-a"], "www.shop.example", path="/a/b", now=NOW
    )
    assert all("; Secure" in value for value in GATE.expiries(["__Secure-a"], "www.shop.example", now=NOW))


@pytest.mark.parametrize(
    "host",
    [
        "",
        "evil.example",
        "shop.example.evil.example",
        "xshop.example",
        "192.0.2.1",
        "a b",
        "shop.example;x",
        "[::1]:80",
    ],
)
def test_expiries_do_not_believe_the_host(host: str) -> None:
    """A Host that is no site of the policy gets no Domain, and nothing of it is repeated."""
    values = GATE.expiries(["_ga"], host, now=NOW)
    assert 2 == len(values)
    assert not any("Domain" in value for value in values)


def test_expiries_at_an_address() -> None:
    """A site that is an address has no domains above it."""
    gate = CookieGate(make_policy(sites=["127.0.0.1", "localhost"]))
    assert all(
        "Domain" not in value
        for value in gate.expiries(["a"], "127.0.0.1:8000", now=NOW) + gate.expiries(["a"], "localhost", now=NOW)
    )


def test_expiries_of_made_up_requests_are_little_work() -> None:
    """A host of thousands of labels has no domains, and of thousands of names some have their turn at a time."""
    host = "a." * 30_000 + "shop.example"
    assert all("Domain" not in value for value in GATE.expiries(["seen"], host, now=NOW))
    assert all("Domain" not in value for value in GATE.expiries(["seen"], "a." * 20 + "shop.example", now=NOW))
    many = [f"_ga_{number}" for number in range(MAX_DELETED + 20)]
    turns = {
        v.partition("=")[0] for turn in range(400) for v in GATE.expiries(many, "www.shop.example", now=NOW + 7 * turn)
    }
    assert set(many) == turns


def test_expiries_are_bounded_and_take_turns() -> None:
    """No answer carries more than its share; over the seconds every name has its turn."""
    removed = [f"_ga_{n}" for n in range(50)]
    seen = set[str]()
    for second in range(50):
        values = GATE.expiries(removed, "www.shop.example", now=NOW + second)
        assert MAX_EXPIRIES == len(values)
        seen.update(value.partition("=")[0] for value in values)
    assert set(removed) == seen


@pytest.mark.parametrize("name", ["", "a b", "a\r\nb", "a\0", "x" * 300])
def test_names_that_cannot_be_written(name: str) -> None:
    """A name that would break the field, or that nobody gave, is left alone."""
    assert [] == GATE.expiries([name], "shop.example", now=NOW)


@pytest.mark.parametrize("name", ["_pk_ses.1.1fff", "_hp2_id.123", "a[b]", "a,b", "a(b)", 'a"b', "a/b", "\xe9"])
def test_odd_names_are_deleted(name: str) -> None:
    """Names that are no tokens but that browsers keep are deleted like any other."""
    assert name in {value.partition("=")[0] for value in GATE.expiries([name], "shop.example", now=NOW)}


def test_a_policy_of_patterns() -> None:
    """A gate over hundreds of declarations answers like one over few."""
    policy = make_policy(
        purposes=[exempt("basket"), purpose("ads")],
        services=[service(f"s{n}", "ads", cookies=[cookie(f"c{n}_*"), cookie(f"d{n}")]) for n in range(300)],
    )
    found, removed = CookieGate(policy).incoming("c299_x=1; d150=2; d300=3", Consent(policy))
    assert ("d300=3", ("c299_x", "d150")) == (found, removed)


@pytest.mark.parametrize(
    ("domain", "kept"),
    [
        ("vendor.example", True),
        ("shop.example", False),
        (".shop.example", False),
        ("www.shop.example", False),
        (None, False),
    ],
)
def test_cookies_on_a_vendors_domain_are_none_of_ours(domain: str | None, kept: bool) -> None:
    """What a service keeps on its vendor's domain does not take a cookie of that name from the app."""
    declared = cookie("csrftoken", domain=domain) if domain else cookie("csrftoken")
    gate = CookieGate(make_policy(services=[service("embed", "ads", cookies=[declared])]))

    field, removed = gate.incoming("csrftoken=1", Consent(make_policy()))

    assert (("csrftoken=1", ()) if kept else (None, ("csrftoken",))) == (field, removed)


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/_ck/decide", ["deep", "slashed"]),
        ("/shop/glass", []),
        ("/shop", ["slashed"]),
        ("/shopping", ["deep", "slashed"]),
        ("/shop/", []),
    ],
)
def test_cookies_of_other_folders(path: str, expected: list[str]) -> None:
    """Refused cookies are named whose folder a request is not in; patterns have no name to be deleted by."""
    policy = make_policy(
        cookies=[
            cookie("all", "ads"),
            cookie("deep", "ads", path="/shop"),
            cookie("slashed", "ads", path="/shop/"),
            cookie("many_*", "ads", path="/shop"),
            cookie("basket", "basket", path="/shop"),
        ]
    )
    assert expected == CookieGate(policy).elsewhere(path, Consent(policy))
    assert [] == CookieGate(policy).elsewhere(path, Consent(policy, grant(policy, ["ads"])))
