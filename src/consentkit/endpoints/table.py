"""Our addresses, once: what is served from this table is what the OpenAPI description tells of (`openapi`)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from consentkit.endpoints import answers
from consentkit.endpoints.decision import FORM
from consentkit.endpoints.reports import CSP_REPORT, REPORT_LIMIT, REPORTS_JSON

BODY_LIMIT = 64 * 1024  # bytes of a decision: 400 services by name are a tenth of it
MAIL_LIMIT = 16 * 1024  # bytes of a form that a link in a mail leads to: a tick for each of a hundred purposes
MULTIPART = "multipart/form-data"
READ = ("GET", "HEAD")


@dataclass(frozen=True, slots=True)
class Address:
    """One address of ours.

    Attributes:
        name: which endpoint serves it.
        path: below the prefix, beginning with ``/``; ``{file}`` stands for the name of
            an asset, ``{version}`` for a version of the policy or its hash.
        summary: what it is for, a clause.
        methods: what may be done there.
        body_limit: bytes of a request's body that are read.
        query: the query parameters: name to what it means, and whether it has to be there.
        takes: media types of the request's body, each with its JSON Schema.
        gives: by status the media types of the answer; none for an answer without a body.
        refuses: further statuses, each answered with a sentence.
        media_type: of the policy page, where the path says it.
    """

    name: str
    path: str
    summary: str
    methods: tuple[str, ...] = READ
    body_limit: int = 0
    query: Mapping[str, tuple[str, bool]] = field(default_factory=dict)
    takes: Mapping[str, Any] = field(default_factory=dict)
    gives: Mapping[int, tuple[str, ...]] = field(default_factory=lambda: {200: (answers.HTML,)})
    refuses: tuple[int, ...] = ()
    media_type: str = ""


_ID = {"type": "string"}
_COMMON: dict[str, Any] = {
    "decision": {"type": "string", "enum": ["accept", "reject", "save", "opt-out", "noted"]},
    "allow": {**_ID, "description": "Id of one service or purpose, granted besides what is granted already."},
    "return": {"type": "string", "description": "A path of this site: where a visitor without script goes back to."},
    "lang": {"type": "string", "description": "BCP 47 tag of the texts that were shown."},
    "source": {"type": "string", "enum": ["banner", "preferences", "control", "placeholder", "api"]},
}  # fmt: skip
_IDS = {"type": "array", "items": _ID, "uniqueItems": True}
_ONE_WISH = [{"required": [name]} for name in ("decision", "allow", "withdraw", "minor")]
DECISION_FORM = {
    "type": "object",
    "properties": {
        **_COMMON,
        "withdraw": {"type": "string", "const": "1"},
        "minor": {"type": "string", "enum": ["0", "1"]},
        "purpose": _IDS,
        "service": _IDS,
    },
    "oneOf": _ONE_WISH,
    "additionalProperties": False,
}
DECISION_JSON = {
    "type": "object",
    "properties": {
        **_COMMON,
        "withdraw": {"type": "boolean", "const": True},
        "minor": {"type": "boolean"},
        "grant": _IDS,
    },
    "oneOf": _ONE_WISH,
    "additionalProperties": False,
}
_CSP_REPORT = {"type": "object", "properties": {"csp-report": {"type": "object"}}, "required": ["csp-report"]}
_REPORTS = {"type": "array", "items": {"type": "object", "properties": {"type": _ID, "body": {"type": "object"}}}}

_MAIL_TOKEN = {"t": ("The token that the site put into a mail.", True)}
_ONE_CLICK = {
    "type": "object",
    "properties": {"List-Unsubscribe": {"type": "string", "const": "One-Click"}},
    "required": ["List-Unsubscribe"],
}
_MAIL_CHOICE = {
    "type": "object",
    "properties": {"purpose": _IDS, "save": {"type": "string"}, "none": {"type": "string"}},
    "oneOf": [{"required": ["save"]}, {"required": ["none"]}],
    "additionalProperties": False,
}
_MAIL_CONFIRMATION = {
    "type": "object",
    "properties": {"confirm": {"type": "string", "const": "1"}},
    "required": ["confirm"],
    "additionalProperties": False,
}

TABLE: tuple[Address, ...] = (
    Address(
        "decide",
        "/decide",
        "Record a decision and set the cookie that keeps it",
        ("POST",),
        BODY_LIMIT,
        takes={FORM: DECISION_FORM, answers.JSON: DECISION_JSON},
        gives={200: (answers.JSON,), 303: ()},
        refuses=(400, 403, 413, 415, 503),
    ),
    Address(
        "preferences",
        "/preferences",
        "Show each purpose and service with its own choice",
        query={"return": ("A path of this site, where saving leads back to.", False)},
    ),
    Address(
        "opt-out",
        "/opt-out",
        "Show what an opt-out of sale and sharing ends, whether it is in force, and the button for it",
        query={"return": ("A path of this site, where the page leads back to.", False)},
    ),
    Address("state", "/state", "Tell the visitor's state", gives={200: (answers.JSON,)}),
    Address(
        "records",
        "/records",
        "Show the visitor's own decisions",
        gives={200: (answers.HTML, answers.JSON)},
        refuses=(503,),
    ),
    Address(
        "receipt",
        "/receipt",
        "Give the signed receipt of one decision of the visitor's",
        query={"id": ("The decision's `record_id`.", True)},
        gives={200: (answers.JSON,)},
        refuses=(404, 503),
    ),
    Address(
        "erase",
        "/erase",
        "Erase the records of the visitor's decisions, and the decision",
        ("POST",),
        BODY_LIMIT,
        gives={200: (answers.JSON,), 303: ()},
        refuses=(400, 403, 413, 503),
    ),
    Address(
        "frame",
        "/frame",
        "Show one embed inside of this site's own pages",
        query={"t": ("The token that this server put into a placeholder.", True)},
        refuses=(403,),
    ),
    Address(
        "placeholder",
        "/placeholder",
        "Give what stands for a frame that a script of the page adds and the policy stops",
        query={
            "url": ("The frame's absolute address.", True),
            "width": ("Of the frame, in pixels.", False),
            "height": ("Of the frame, in pixels.", False),
            "lang": ("BCP 47 tag of the page's texts.", False),
        },
        gives={200: (answers.HTML,), 204: ()},
        refuses=(400, 403),
    ),
    Address(
        "report",
        "/report",
        "Take browsers' reports of what the Content-Security-Policy stopped",
        ("POST",),
        REPORT_LIMIT,
        takes={CSP_REPORT: _CSP_REPORT, REPORTS_JSON: _REPORTS},
        gives={204: ()},
        refuses=(400, 413, 415, 429),
    ),
    Address(
        "mail-unsubscribe",
        "/mail/unsubscribe",
        "End mail to one reader: POST with one click (RFC 8058), GET shows the button",
        ("GET", "HEAD", "POST"),
        MAIL_LIMIT,
        query=_MAIL_TOKEN,
        takes={FORM: _ONE_CLICK, MULTIPART: _ONE_CLICK},
        refuses=(400, 404, 413, 415, 503),
    ),
    Address(
        "mail-preferences",
        "/mail/preferences",
        "Show one reader's choices of mail, and change them",
        ("GET", "HEAD", "POST"),
        MAIL_LIMIT,
        query=_MAIL_TOKEN,
        takes={FORM: _MAIL_CHOICE, MULTIPART: _MAIL_CHOICE},
        refuses=(400, 404, 413, 415, 503),
    ),
    Address(
        "mail-confirm",
        "/mail/confirm",
        "Confirm what was asked for at a form (double opt-in)",
        ("GET", "HEAD", "POST"),
        MAIL_LIMIT,
        query=_MAIL_TOKEN,
        takes={FORM: _MAIL_CONFIRMATION, MULTIPART: _MAIL_CONFIRMATION},
        refuses=(400, 404, 413, 415, 503),
    ),
    Address(
        "mail-open",
        "/mail/open",
        "A picture of one pixel; counts only for readers whose record says yes at this moment",
        query=_MAIL_TOKEN,
        gives={200: ("image/gif",)},
    ),
    Address(
        "mail-go",
        "/mail/go",
        "Lead on to the target of a mail's link; counts only for readers whose record says yes at this moment",
        query={"u": ("The target, as it was signed.", True), **_MAIL_TOKEN},
        gives={303: ()},
        refuses=(404,),
    ),
    Address(
        "policy",
        "/policy",
        "Show the policy, as the Accept field likes it",
        query={
            "lang": ("BCP 47 tag of the language of our words.", False),
            "sort": ("The column that the table of cookies is sorted by.", False),
            "services": ("What the services are sorted by.", False),
        },
        gives={200: (answers.HTML, answers.JSON, answers.MARKDOWN, answers.PLAIN), 304: ()},
    ),
    Address(
        "policy",
        "/policy.txt",
        "The policy as plain text",
        gives={200: (answers.PLAIN,), 304: ()},
        media_type=answers.PLAIN,
    ),
    Address(
        "policy",
        "/policy.schema.json",
        "The JSON Schema of the policy as JSON",
        gives={200: (answers.SCHEMA,), 304: ()},
        media_type=answers.SCHEMA,
    ),
    Address(
        "policy",
        "/policy.json",
        "The policy as JSON",
        gives={200: (answers.JSON,), 304: ()},
        media_type=answers.JSON,
    ),
    Address(
        "policy",
        "/policy.md",
        "The policy as Markdown",
        gives={200: (answers.MARKDOWN,), 304: ()},
        media_type=answers.MARKDOWN,
    ),
    Address(
        "version",
        "/policy/{version}",
        "Show one version of the policy, named by its version or its hash",
        gives={200: (answers.HTML, answers.JSON, answers.MARKDOWN, answers.PLAIN), 304: ()},
        refuses=(404,),
    ),
    Address(
        "asset",
        "/{file}",
        "A script or style sheet under a name that changes with its bytes",
        gives={200: ("text/javascript", "text/css"), 304: ()},
        refuses=(404,),
    ),
)
