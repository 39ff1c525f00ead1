"""The app's own policy, widened by our folder and nothing else."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consentkit.headers.widen import is_strict_dynamic, script_nonce, widen

OURS = "https://shop.example/_ck/"
HASH = "sha256-AAAA"

DIRECTIVES = ("default-src", "script-src", "script-src-elem", "style-src", "style-src-elem", "connect-src", "child-src", "frame-src", "form-action",
              "img-src", "worker-src", "base-uri", "report-uri")  # fmt: skip
# How browsers look for what decides a load (CSP3 §6.8.3).
CHAINS = {
    "script": ("script-src-elem", "script-src", "default-src"),
    "style": ("style-src-elem", "style-src", "default-src"),
    "connect": ("connect-src", "default-src"),
    "frame": ("frame-src", "child-src", "default-src"),
    "form": ("form-action",),
    "image": ("img-src", "default-src"),
    "font": ("font-src", "default-src"),
}


def parsed(policy: str) -> dict[str, list[str]]:
    """The directives of one policy, the first of each name."""
    out = dict[str, list[str]]()
    for part in policy.split(";"):
        if words := part.split():
            out.setdefault(words[0].lower(), words[1:])
    return out


def sources(policy: str, what: str) -> set[str] | None:
    """The sources that decide one kind of load, without `'none'`; None where nothing restricts it."""
    directives = parsed(policy)
    found = next((directives[name] for name in CHAINS[what] if name in directives), None)
    return None if found is None else {source for source in found if source.lower() != "'none'"}


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("script-src 'nonce-x'", f"script-src 'nonce-x' {OURS}"),
        ("script-src 'none'", f"script-src {OURS}"),
        ("script-src", f"script-src {OURS}"),
        ("script-src 'none';", f"script-src {OURS};"),
        ("SCRIPT-SRC https://a.test ; img-src *", f"SCRIPT-SRC https://a.test {OURS} ; img-src *"),
        (
            "script-src-elem https://a.test; script-src 'none'",
            f"script-src-elem https://a.test {OURS}; script-src 'none'",
        ),
        (
            "style-src 'unsafe-inline'; connect-src https://api.test",
            f"style-src 'unsafe-inline' {OURS}; connect-src https://api.test {OURS}",
        ),
        ("frame-src https://video.test", f"frame-src https://video.test {OURS}"),
        ("child-src https://video.test", f"child-src https://video.test; frame-src https://video.test {OURS}"),
        ("form-action https://pay.test", f"form-action https://pay.test {OURS}"),
        ("form-action 'none'", f"form-action {OURS}"),
        (
            "default-src 'none'",
            f"default-src 'none'; script-src {OURS}; style-src {OURS}; connect-src {OURS}; frame-src {OURS}",
        ),
        (
            "default-src https: ; script-src https://a.test",
            f"default-src https: ; script-src https://a.test {OURS}",
        ),
        (
            "default-src https://cdn.test; ",
            (
                f"default-src https://cdn.test; script-src https://cdn.test {OURS}; style-src https://cdn.test {OURS}; "
                f"connect-src https://cdn.test {OURS}; frame-src https://cdn.test {OURS}"
            ),
        ),
        ("script-src https://a.test; script-src 'none'", f"script-src https://a.test {OURS}; script-src 'none'"),
        (
            "script-src https://a.test, form-action https://b.test",
            f"script-src https://a.test {OURS}, form-action https://b.test {OURS}",
        ),
    ],
)
def test_widened(value: str, expected: str) -> None:
    """Our folder stands where browsers look for it, in the directive that is there or in a new one."""
    assert expected == widen(value, source=OURS)


@pytest.mark.parametrize(
    "value",
    ["", ";", "upgrade-insecure-requests", "img-src 'none'", "frame-ancestors 'none'; sandbox", "default-src 'self'", "default-src *",
     "script-src https:", "script-src http:", f"script-src {OURS}", "default-src 'SELF'; form-action 'self'", "require-trusted-types-for 'script'"],
)  # fmt: skip
def test_left_as_it_is(value: str) -> None:
    """A policy that allows us anyway, or says nothing of what we need, is the very same text."""
    assert value == widen(value, source=OURS, script_hashes=(HASH,))


def test_strict_dynamic_gets_the_hash() -> None:
    """Where hosts are not looked at, our script's hash is added once, with its quotes, and nothing else."""
    value = "script-src 'nonce-x' 'strict-dynamic' https: 'unsafe-inline'"
    expected = f"{value} 'sha256-AAAA'"
    assert expected == widen(value, source=OURS, script_hashes=(HASH,))
    assert expected == widen(value, source=OURS, script_hashes=("'sha256-AAAA'",))
    assert expected == widen(expected, source=OURS, script_hashes=(HASH,))


def test_strict_dynamic_in_default_src() -> None:
    """Strict-dynamic that is fallen back to is kept in the new directive."""
    assert widen("default-src 'strict-dynamic' 'nonce-x' 'self'", source=OURS, script_hashes=(HASH,)).endswith(
        "; script-src 'strict-dynamic' 'nonce-x' 'self' 'sha256-AAAA'"
    )


def test_a_hash_is_never_added_elsewhere() -> None:
    """A hash beside `'unsafe-inline'` would switch the page's inline scripts off."""
    assert f"script-src 'unsafe-inline' {OURS}" == widen(
        "script-src 'unsafe-inline'", source=OURS, script_hashes=(HASH,)
    )


def test_plain_http_page() -> None:
    """A page over plain HTTP is not allowed by `https:`."""
    assert "script-src https: http://localhost:8000/_ck/" == widen(
        "script-src https:", source="http://localhost:8000/_ck/"
    )


values = st.lists(
    st.tuples(
        st.sampled_from(DIRECTIVES),
        st.lists(
            st.sampled_from(
                [
                    "'none'",
                    "'self'",
                    "https://a.test",
                    "*",
                    "https:",
                    "'nonce-x'",
                    "'unsafe-inline'",
                    "'strict-dynamic'",
                ]
            ),
            max_size=3,
        ),
    ).map(lambda pair: " ".join([pair[0], *pair[1]])),
    max_size=6,
).flatmap(lambda parts: st.sampled_from(["; ", ";", " ;\t"]).map(lambda glue: glue.join(parts)))


@given(values)
def test_widened_by_our_folder_and_nothing_else(value: str) -> None:
    """Each load keeps its sources; we are among them where we need to be; and a second pass changes nothing."""
    after = widen(value, source=OURS, script_hashes=(HASH,))
    assert after == widen(after, source=OURS, script_hashes=(HASH,))
    ours = {OURS, f"'{HASH}'"}
    for what in CHAINS:
        was, now = sources(value, what), sources(after, what)
        assert (was is None) == (now is None)
        if was is None or now is None:
            continue
        assert was == now - ours
        if what in {"image", "font"}:
            assert was == now
        else:
            assert now & {OURS, f"'{HASH}'", "'self'", "*", "https:"}
    kept = parsed(value)
    assert all(parsed(after)[name] == kept[name] for name in ("base-uri", "report-uri", "worker-src") if name in kept)


@given(st.text(max_size=120) | st.text(st.sampled_from(list("script-c; ,'none\tdefault*")), max_size=80))
def test_any_policy_is_read(value: str) -> None:
    """Whatever an app sends as its policy, widening it is no error and is done in one pass."""
    after = widen(value, source=OURS, script_hashes=(HASH,))
    assert after == widen(after, source=OURS, script_hashes=(HASH,))


def test_strict_dynamic_is_recognised() -> None:
    """Strict-dynamic means that hosts cannot stop what a trusted script loads (R168)."""
    assert is_strict_dynamic("script-src 'Strict-Dynamic' 'nonce-x'")
    assert not is_strict_dynamic("script-src 'self'")


INLINE = "sha256-INLINE="


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("script-src 'self'", "script-src 'self' 'sha256-INLINE='"),
        ("script-src 'self' 'unsafe-inline'", "script-src 'self' 'unsafe-inline'"),
        ("script-src 'self' 'unsafe-inline' 'nonce-x'", "script-src 'self' 'unsafe-inline' 'nonce-x' 'sha256-INLINE='"),
        ("script-src 'self' 'sha256-INLINE='", "script-src 'self' 'sha256-INLINE='"),
        ("default-src 'self'", "default-src 'self'; script-src 'self' 'sha256-INLINE='"),
        ("script-src 'none'", f"script-src {OURS} 'sha256-INLINE='"),
        ("img-src 'self'", "img-src 'self'"),
    ],
)
def test_the_inline_script_is_allowed_by_its_hash(value: str, expected: str) -> None:
    """Where inline scripts are stopped ours is let through, and where they are not they go on being allowed."""
    assert expected == widen(value, source=OURS, inline_hash=INLINE)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("script-src 'nonce-r4nd0m' 'strict-dynamic'", "r4nd0m"),
        ("img-src *; default-src 'self' 'nonce-a+/_-b=='", "a+/_-b=="),
        ("style-src 'nonce-other'; script-src 'self'", None),
        ("script-src 'self'; style-src 'nonce-other'", None),
        ("script-src-elem 'nonce-a', default-src 'nonce-b'", "a"),
        ("", None),
    ],
)
def test_the_nonce_of_scripts_is_found(value: str, expected: str | None) -> None:
    """The nonce that scripts are trusted by, and no other one."""
    assert expected == script_nonce(value)


def test_a_nonce_is_looked_for_in_linear_time() -> None:
    """A field of many nonces that are none is gone through once."""
    assert script_nonce("script-src 'nonce-" * 20_000) is None
