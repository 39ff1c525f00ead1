"""Bytes in, bytes out: finds what a page would fetch, and makes it inert. Knows no policy."""

from consentkit.html.scanner import Tag as Tag
from consentkit.html.scanner import iter_tags as iter_tags
