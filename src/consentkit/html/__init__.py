"""Bytes in, bytes out: finds what a page would fetch, and makes it inert. Knows no policy."""

from consentkit.html.tags import Tag as Tag
from consentkit.html.tags import iter_tags as iter_tags
