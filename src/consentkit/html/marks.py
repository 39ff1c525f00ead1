"""One rule: what consentkit writes into a page is named here, so that everyone who reads it back knows it."""

from __future__ import annotations

import re
from typing import Final

#: In front of a URL that may not be fetched: browsers make it a network error without any network.
PREFIX: Final = b"about:invalid#ck:"

#: At the beginning of a style sheet that is too long to be judged. It gets a type that browsers do not know, but
#: Chromium's preload scanner fetches the imports of sheets of any type, as far as no rule stands before them.
RULE: Final = b"ck{}"

#: In front of the name of a blocked attribute.
RENAME: Final = b"data-ck-"

#: In front of an attribute of another tool's inert form, which has to go whether its element is blocked or not.
ASIDE: Final = b"data-ck-was-"

#: Around everything inserted.
OPEN: Final = b"<!--ck[-->"
CLOSE: Final = b"<!--]ck-->"

#: A page's own attributes, or URLs, that look like ours.
OWN_ATTRIBUTE: Final = re.compile(rb"data-(?:ck)+-", re.IGNORECASE)
OWN_PREFIX: Final = re.compile(rb"about:invalid#(?=(?:ck)+:)")

_VALUE: Final = rb"(?:=(?:\"[^\"]*+\"|[^\"\t\n\f\r >]*+))?"
#: What stands behind the name of an element that something was blocked of.
LABELS: Final = re.compile(
    rb" data-ck-service"
    + _VALUE
    + rb"(?: (?:data-ck-(?:host|src|srcset|href|type)|type|rel|name|data-block-on-consent)"
    + _VALUE
    + rb")*? data-ck-purposes"
    + _VALUE
    + rb"(?: data-ck-service(?=/| data-ck-service))?"  # once more, so that the value does not take in the "/" behind it
    + rb"| data-ck-live"
    + _VALUE
    + rb"(?: (?:src|srcset|href|type)"
    + _VALUE
    + rb")*? data-ck-end"
    + _VALUE
)
