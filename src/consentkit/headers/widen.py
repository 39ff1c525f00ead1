"""The app's own Content-Security-Policy, widened by our path and nothing else.

Where the app's policy leaves no room for us, our script, style, decision form and frames would be blocked.
So our folder (`https://shop.example/_ck/`) is added to `script-src`, `style-src`, `connect-src`, `frame-src` and
`form-action`, each where browsers look for it (R167): in the directive that is there, the more special one
first; or, where it is one that others fall back to, in a new directive with the same sources. `form-action`
has no fallback and is only added to. A directive that allows us anyway stays as it is.

Under `'strict-dynamic'` browsers do not look at hosts; there our scripts' hashes are added, and they have to carry
the same hash in `integrity` (CSP3 §6.7.1.1). Where inline scripts are not allowed, the hash of ours is added, if
there is one. A hash is added nowhere else: it would switch off `'unsafe-inline'`.
What falls back to a new directive, such as `worker-src` to `script-src`, is widened by our folder with it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

# For each thing we need, the directives that decide it, in the order in which browsers look for one, and the
# name under which a new one is added where only a more general one is there.
_SCRIPT = (("script-src-elem", "script-src", "default-src"), "script-src")
_STYLE = (("style-src-elem", "style-src", "default-src"), "style-src")
_CONNECT = (("connect-src", "default-src"), "connect-src")
_FRAME = (("frame-src", "child-src", "default-src"), "frame-src")
_FORM = (("form-action",), "form-action")

_DIRECTIVE = re.compile(r"[ \t\n\f\r]*([^ \t\n\f\r]+)([\s\S]*)")
_NONCE = re.compile(r"[ \t]*(?:script-src(?:-elem)?|default-src)[ \t].*?'nonce-([A-Za-z0-9+/_=-]+)'", re.IGNORECASE)
_ENDS = re.compile(r"[;,]")  # of a directive, and of a policy
_SPACE = " \t\n\f\r"
_ENDS_UNSAFE_INLINE = ("'nonce-", "'sha256-", "'sha384-", "'sha512-", "'strict-dynamic'")  # CSP3 §6.7.3.2


def widen(value: str, *, source: str, script_hashes: Sequence[str] = (), inline_hash: str | None = None) -> str:
    """The app's policy with room for us.

    Args:
        value: of a Content-Security-Policy field or `meta` element; a field can hold several policies with
            commas between them, and each is widened, since all apply.
        source: our folder as a URL that ends in `/`: origin, mount point and prefix.
        script_hashes: of our scripts, `sha256-…`; none where no script is sent.
        inline_hash: of our script that stands in the page itself; None where there is none.

    Returns:
        The value; the very same text where nothing was missing, and everything else in it as it was.
    """
    return ",".join(_widen_one(policy, source, script_hashes, inline_hash) for policy in value.split(","))


def is_strict_dynamic(value: str) -> bool:
    """Whether scripts that the app trusts may load scripts from anywhere: hosts cannot stop them (R168)."""
    return "'strict-dynamic'" in value.lower()


def script_nonce(value: str) -> str | None:
    """The nonce that names the scripts which a policy trusts; None for a policy without one.

    Args:
        value: of a Content-Security-Policy field.
    """
    if "'nonce-" not in value.lower():
        return None
    found = next(filter(None, map(_NONCE.match, _ENDS.split(value))), None)
    return None if found is None else found[1]


def _widen_one(policy: str, source: str, script_hashes: Sequence[str], inline_hash: str | None) -> str:
    parts = policy.split(";")
    found = dict[str, int]()
    for index, part in enumerate(parts):
        if match := _DIRECTIVE.fullmatch(part):
            found.setdefault(match[1].lower(), index)  # of several the first counts
    added = list[str]()
    for names, new in (_SCRIPT, _STYLE, _CONNECT, _FRAME, _FORM):
        name = next((name for name in names if name in found), None)
        if name is None:
            continue  # nothing restricts it
        match = _DIRECTIVE.fullmatch(parts[found[name]])
        sources = match[2].split() if match else []
        widened = _with_source(sources, source, script_hashes if new == "script-src" else ())
        if new == "script-src" and inline_hash is not None:
            widened = _with_inline(widened, inline_hash)
        if widened == sources:
            continue
        if name == new or name.endswith("-elem"):
            parts[found[name]] = _rewritten(parts[found[name]], sources, widened)
        else:
            added.append(" ".join([new, *widened]))
    text = ";".join(parts)
    for directive in added:
        text = text.rstrip(_SPACE + ";") + "; " + directive
    return text


def _rewritten(part: str, before: list[str], after: list[str]) -> str:
    """A directive's text with its new sources, white space around it as it was."""
    if after[: len(before)] == before:
        body = part.rstrip(_SPACE)
        return body + " " + " ".join(after[len(before) :]) + part[len(body) :]
    name = part.split(maxsplit=1)[0]
    lead = part[: part.index(name)]
    return lead + " ".join([name, *after])


def _with_inline(sources: list[str], inline_hash: str) -> list[str]:
    """The same with room for our inline script; where every inline script is allowed a hash would end that."""
    lowered = [each.lower() for each in sources]
    strict = any(each.startswith(_ENDS_UNSAFE_INLINE) for each in lowered)
    if ("'unsafe-inline'" in lowered and not strict) or _quoted(inline_hash) in sources:
        return sources
    return [*(each for each in sources if each.lower() != "'none'"), _quoted(inline_hash)]


def _quoted(hash_: str) -> str:
    return f"'{hash_.strip(chr(39))}'"


def _with_source(sources: list[str], source: str, script_hashes: Sequence[str]) -> list[str]:
    """The sources with ours among them; the same where ours are allowed already."""
    lowered = [each.lower() for each in sources]
    out = [each for each in sources if each.lower() != "'none'"]  # beside others it means nothing
    if script_hashes and "'strict-dynamic'" in lowered:
        missing = [_quoted(each) for each in script_hashes if _quoted(each) not in sources]
        return [*out, *missing] if missing else sources
    # `http:` as a source takes in https, not the other way round.
    scheme = source.partition("//")[0].lower()
    if {"'self'", "*", scheme, "http:", source.lower()}.isdisjoint(lowered):
        out.append(source)
        return out
    return sources
