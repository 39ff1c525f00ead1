"""What a single value of a policy file may be: its pattern, its check, and the type that a model's field has.

Where a pattern is not met, `translate` says in words what it means.
"""

from __future__ import annotations

import re
from typing import Annotated, Literal

from pydantic import AfterValidator, StringConstraints

from consentkit.policy.findings import Finding, refusal

LINE_PATTERN = r"^[^\x00-\x1f\x7f]+$"
ID_PATTERN = r"^[a-z0-9]+(?:[-_][a-z0-9]+)*$"
COUNTRY_PATTERN = r"^[A-Z]{2}$"
URL_PATTERN = r"^https?://[^\s<>\"]+$"
EMAIL_PATTERN = r"^[^@\s<>\",:;]+@[^@\s<>\",:;]+$"
FIELD_PATTERN = r"^[!-~](?:[ -~]*[!-~])?$"  # one line of a header field, printable ASCII (RFC 9110 §5.5)
SHARE_URL_PATTERN = r"^https://[^\s<>\"{}]+\{url\}[^\s<>\"{}]*$"
WIDGET_PATTERN = (
    r"^(?:[a-z][a-z0-9-]*(?:=\S*)?|[a-z][a-z0-9-]*\[[a-z][a-z0-9-]*(?:=[^\s\]]*)?\]) -> (?:https://\S+|json)$"
)
HOST_PATTERN = r"^[a-z0-9_-]+(?:\.[a-z0-9_-]+)*$"
HOST_PATH_PATTERN = r"^(?:\*|(?:\*\.)?[a-z0-9_*-]+(?:\.[a-z0-9_*-]+)*)(?:/[^\s]*)?$"
LANGUAGE_PATTERN = r"^[a-z]{2,3}(?:-[A-Za-z0-9]{2,8})*$"
PATH_PATTERN = r"^/[^\s?#]*$"
PREFIX_PATTERN = r"^(?:/[A-Za-z0-9._~-]+)+$"
COOKIE_DOMAIN_PATTERN = r"^\.?[a-z0-9_-]+(?:\.[a-z0-9_-]+)*$"
COOKIE_PATH_PATTERN = r"^/[^;\s\x00-\x1f\x7f]*$"
HEADER_PATTERN = r"^[A-Za-z0-9-]{1,64}$"
COOKIE_NAME_PATTERN = r"^[A-Za-z0-9_-]+$"
WATCH_URL_ARROW = " -> "

SECONDS = {"second": 1, "minute": 60, "hour": 3600, "day": 86_400, "week": 604_800, "month": 2_629_800,
           "year": 31_557_600}  # fmt: skip


def seconds(duration: str) -> int:
    """A duration such as `13 months` in seconds; a month counts 30.44 days, a year 365.25.

    Raises:
        ValueError: if it is not a number and a unit.
    """
    number, _, unit = duration.partition(" ")
    if not number.isascii() or not number.isdigit() or int(number) < 1 or unit.removesuffix("s") not in SECONDS:
        message = f"'{duration}' is no duration; write a number and a unit, such as '13 months'"
        raise ValueError(message)
    return int(number) * SECONDS[unit.removesuffix("s")]


def _check_duration(value: str) -> str:
    try:
        seconds(value)
    except ValueError:
        what, mend = f"'{value}' is no duration", 'write a number and a unit (seconds … years), such as "13 months"'
        raise refusal(Finding((), what, mend)) from None
    return value


def _check_lifetime(value: str) -> str:
    if value != "session":
        try:
            seconds(value)
        except ValueError:
            what = f"'{value}' is no lifetime"
            mend = 'write "session", or a number and a unit (seconds … years), such as "13 months"'
            raise refusal(Finding((), what, mend)) from None
    return value


def _check_watch_url(value: str) -> str:
    pattern, arrow, _ = value.partition(WATCH_URL_ARROW)
    example = "such as '/embed/([^?]+) -> https://video.example/watch/\\1'"
    if not arrow:
        raise refusal(Finding((), "there is no arrow in it", f"write REGULAR EXPRESSION -> REPLACEMENT, {example}"))
    try:
        re.compile(pattern)
    except re.error as error:
        what = f"its regular expression is broken ({error})"
        raise refusal(Finding((), what, f"mend it, {example}")) from error
    return value


Id = Annotated[str, StringConstraints(pattern=ID_PATTERN, max_length=64)]
Line = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200, pattern=LINE_PATTERN)]
Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=20_000)]
Country = Annotated[str, StringConstraints(pattern=COUNTRY_PATTERN)]
WebUrl = Annotated[str, StringConstraints(pattern=URL_PATTERN, max_length=2_000)]
EmailAddress = Annotated[str, StringConstraints(strip_whitespace=True, pattern=EMAIL_PATTERN, max_length=254)]
ReferrerPolicy = Literal["no-referrer", "no-referrer-when-downgrade", "origin", "origin-when-cross-origin",
                         "same-origin", "strict-origin", "strict-origin-when-cross-origin", "unsafe-url"]  # fmt: skip
Host = Annotated[str, StringConstraints(pattern=HOST_PATTERN, max_length=253)]

# A host, with `*.` before it for its subdomains alone, or `*` for any host, and optionally a path prefix
# in which `*` stands for anything: "googletagmanager.com/gtag/js", "*.hs-scripts.com", "*/matomo.js".
HostPattern = Annotated[str, StringConstraints(pattern=HOST_PATH_PATTERN, min_length=2, max_length=500)]
Duration = Annotated[Line, AfterValidator(_check_duration)]
Lifetime = Annotated[Line, AfterValidator(_check_lifetime)]
WatchUrl = Annotated[
    str,
    StringConstraints(strip_whitespace=True, max_length=500, pattern=LINE_PATTERN),
    AfterValidator(_check_watch_url),
]
ShareUrl = Annotated[str, StringConstraints(pattern=SHARE_URL_PATTERN, max_length=500)]
Widget = Annotated[str, StringConstraints(strip_whitespace=True, pattern=WIDGET_PATTERN, max_length=500)]
CookieDomain = Annotated[str, StringConstraints(pattern=COOKIE_DOMAIN_PATTERN, max_length=254)]
CookiePath = Annotated[str, StringConstraints(pattern=COOKIE_PATH_PATTERN, max_length=500)]

# The interfaces of `data/signals.toml`, and the consent types that the first of them brought into use (R70).
ConsentApi = Literal["google", "uet", "clarity", "meta", "tiktok", "matomo"]
ConsentType = Literal["ad_storage", "ad_user_data", "ad_personalization", "analytics_storage", "functionality_storage",
                      "personalization_storage", "security_storage"]  # fmt: skip
