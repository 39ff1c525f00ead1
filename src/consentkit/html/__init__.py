"""Bytes in, bytes out: finds what a page would fetch, and makes it inert. Knows no policy."""
