"""The page in a response of any of the test clients that are known here."""

from __future__ import annotations

from typing import Any


def page_of(response: Any) -> tuple[bytes | str, str | None] | None:
    """A response's page and its URL, if known; None if it is no HTML."""
    if isinstance(response, bytes | str):
        return response, None
    kind = response.headers.get("Content-Type", "")
    if not kind.lower().startswith("text/html"):
        return None
    if hasattr(response, "get_data"):  # Werkzeug, Flask
        request = getattr(response, "request", None)
        return bytes(response.get_data()), getattr(request, "url", None)
    if getattr(response, "streaming", False):  # Django: read it, and leave it to be read
        content = b"".join(response.streaming_content)
        response.streaming_content = [content]
        return content, _django_url(response)
    if isinstance(getattr(response, "request", None), dict):  # Django's test client
        return bytes(response.content), _django_url(response)
    url = getattr(response, "url", None)
    return bytes(response.content), None if url is None else str(url)


def _django_url(response: Any) -> str | None:
    asked = response.request if isinstance(getattr(response, "request", None), dict) else {}
    return f"https://testserver{asked['PATH_INFO']}" if asked.get("PATH_INFO") else None
