"""One rule: a static file has a name that changes with its bytes, so it may be kept for ever.

The files hold no word of any page, visitor or policy.
"""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass
from importlib import resources

CONTENT_TYPES = {"js": "text/javascript; charset=utf-8", "css": "text/css; charset=utf-8"}
FILES = ("consent.js", "activate.js", "consent.css", "pages.css", "frame.css", "frame.js")
INLINE = "early.js"  # stands in the page itself
HASH_DIGITS = 16  # of SHA-256 in a file's name: two versions never share one


@dataclass(frozen=True, slots=True)
class Asset:
    """One static file.

    Attributes:
        name: its name under the prefix, with the hash in it: `consent.0123456789abcdef.js`.
        body: its bytes.
        content_type: its media type.
        etag: a strong entity tag.
        integrity: for the `integrity` attribute and for a hash source of a Content-Security-Policy.
    """

    name: str
    body: bytes
    content_type: str
    etag: str
    integrity: str


def load_assets() -> dict[str, Asset]:
    """Every static file by its plain name (`consent.js`)."""
    folder = resources.files("consentkit.pages") / "static"
    return {name: _asset(name, (folder / name).read_bytes()) for name in FILES}


def inline_script() -> Asset:
    """The script that stands in pages; its name is never asked for."""
    return _asset(INLINE, (resources.files("consentkit.pages") / "static" / INLINE).read_bytes())


def _served(script: str) -> str:
    """A script as it is sent: without the lines that are comments, and without indentation.

    No string of ours goes over a line, so that nothing but what nobody runs is lost.
    """
    lines = (line.strip() for line in script.splitlines())
    return "\n".join(line for line in lines if line and not line.startswith("//")) + "\n"


def _asset(plain: str, body: bytes) -> Asset:
    stem, _, suffix = plain.rpartition(".")
    if suffix == "js":
        body = _served(body.decode()).encode()
    digest = hashlib.sha256(body)
    short = digest.hexdigest()[:HASH_DIGITS]
    return Asset(
        name=f"{stem}.{short}.{suffix}",
        body=body,
        content_type=CONTENT_TYPES[suffix],
        etag=f'"{short}"',
        integrity="sha256-" + base64.b64encode(digest.digest()).decode("ascii"),
    )
