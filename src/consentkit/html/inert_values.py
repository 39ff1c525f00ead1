"""One rule: the value of an attribute is read in the form that its row of the tables says, URL by URL."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from consentkit.html.elements import Form, Trigger
from consentkit.html.judge import Found, Judge, Place
from consentkit.html.refresh import refresh_url
from consentkit.html.sheets import too_much
from consentkit.html.srcset import parse_srcset
from consentkit.html.urls import Url

#: What stands between the words of an attribute.
SPACES: Final = re.compile(r"[\t\n\f\r ]+")
#: A value of an animation that is no number or colour, but may be a URL.
_MAY_LEAVE: Final = re.compile(r"[/\\:]")


def refused_value(judge: Judge, trigger: Trigger, raw: bytes, place: Place, base: Url | None) -> Found | None:
    """The first URL in a value that may not be fetched."""
    kind = trigger.kind
    if trigger.form is Form.URL:
        return judge.url(raw, kind, place, base)
    text = judge.text(raw)
    if trigger.form is Form.CSS:
        if too_much(raw, references=True):
            return judge.refused(place, kind)
        if judge.plain_css(raw, base, attribute=True) and place.mark is None:
            return None
        return next((found for _, found in judge.css(text, place, base)), None)
    urls: Iterable[str]
    if trigger.form is Form.SRCSET:
        urls = (candidate.url for candidate in parse_srcset(text))
    elif trigger.form is Form.URLS:
        urls = (url for url in SPACES.split(text) if url)
    elif trigger.form is Form.REFRESH:
        url = refresh_url(text)
        urls = () if url is None else (url,)
    else:
        urls = []
        for value in text.split(";"):
            if "(" in value:
                found = next((found for _, found in judge.css(value, place, base)), None)
                if found is not None:
                    return found
            if _MAY_LEAVE.search(value):
                urls.append(value)
    return next((found for url in urls if (found := judge.address(url, kind, place, base)) is not None), None)
