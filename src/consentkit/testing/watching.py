"""A real browser that is watched."""

from __future__ import annotations

import contextlib
from collections.abc import Collection, Iterator
from typing import Any

from consentkit.html.urls import matches_host, parse_url


@contextlib.contextmanager
def no_third_parties(page: Any, sites: Collection[str], allowed: Collection[str] = ()) -> Iterator[list[str]]:
    """Watches a browser's page, and fails in the end if it asked others for anything.

        with no_third_parties(page, sites=["shop.example"]):
            page.goto("https://shop.example/")

    Args:
        page: of Playwright, its plain or its async interface; or a whole browser context.
        sites: hosts that are the site, with all below them.
        allowed: further hosts that may be asked.

    Yields:
        The URLs of others that were asked, growing.

    Raises:
        AssertionError: in the end, naming each URL once.
    """
    asked: list[str] = []

    def note(request: Any) -> None:
        url = parse_url(request.url, None)
        own = url is None or not url.host or any(matches_host(url.host, each) for each in (*sites, *allowed))
        if not own and request.url not in asked:
            asked.append(request.url)

    page.on("request", note)
    page.on("websocket", note)
    try:
        yield asked
    finally:
        page.remove_listener("request", note)
        page.remove_listener("websocket", note)
    if asked:
        raise AssertionError("the browser asked others:\n" + "\n".join(f"  {url}" for url in asked))
