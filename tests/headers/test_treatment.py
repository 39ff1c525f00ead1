"""Which answers are rewritten, and which cannot be."""

from __future__ import annotations

import pytest

from consentkit.headers.treatment import Treatment, treatment
from consentkit.http import Head


def head(content_type: str | None, *more: tuple[str, str], status: int = 200) -> Head:
    """An answer's head."""
    fields = () if content_type is None else (("Content-Type", content_type),)
    return Head(status, (*fields, *more))


def treated(method: str, head: Head, *, navigation: bool) -> Treatment:
    """What happens to an answer with this head."""
    return treatment(method, head.status, head.header, navigation=navigation)


@pytest.mark.parametrize(
    "content_type", ["text/html", "TEXT/HTML; charset=utf-8", "text/html; charset=nonsense", " text/html ;x"]
)
def test_html_is_rewritten(content_type: str) -> None:
    """HTML is rewritten, however its type is spelt (R140)."""
    assert treated("GET", head(content_type), navigation=True) is Treatment.REWRITE
    assert treated("POST", head(content_type), navigation=False) is Treatment.REWRITE


@pytest.mark.parametrize(
    "content_type", ["application/json", "image/png", "text/event-stream", "text/plain", "text/htmlx"]
)
def test_other_types_pass(content_type: str) -> None:
    """What is not HTML passes byte for byte (R140)."""
    assert treated("GET", head(content_type), navigation=True) is Treatment.PASS


def test_a_document_without_a_type_is_read_as_html() -> None:
    """A browser would look into a navigation's answer that has no type, and might find HTML."""
    assert treated("GET", head(None), navigation=True) is Treatment.REWRITE
    assert treated("GET", head(None), navigation=False) is Treatment.PASS


def test_a_download_passes() -> None:
    """HTML that the browser only saves is not rewritten (R140)."""
    download = head("text/html", ("Content-Disposition", "Attachment; filename=page.html"))
    assert treated("GET", download, navigation=True) is Treatment.PASS


@pytest.mark.parametrize("disposition", ["attachment=x", "attachment filename=x", '"attachment"', "inline; attachment"])
def test_a_page_that_browsers_show_is_no_download(disposition: str) -> None:
    """A disposition that Chromium does not understand saves nothing: the page is shown, so it is rewritten."""
    shown = head("text/html", ("Content-Disposition", disposition))
    assert treated("GET", shown, navigation=True) is Treatment.REWRITE


@pytest.mark.parametrize(
    "content_type",
    ["text/plain, text/html", "text/html, charset=utf-8", "text/html(x)", "html", "*/*", "unknown/unknown",
     "application/unknown", "text/plain, */*, text/html;x"],
)  # fmt: skip
def test_what_browsers_make_a_page_of_is_rewritten(content_type: str) -> None:
    """Chromium takes the last type of several, ends it at a bracket, and looks into what says nothing."""
    assert treated("GET", head(content_type), navigation=True) is Treatment.REWRITE


def test_of_several_fields_the_last_type_counts() -> None:
    """An app's own type behind a framework's: Chromium makes a page of it, or none, by the last."""
    page = head("text/plain", ("Content-Type", "text/html"))
    assert treated("GET", page, navigation=True) is Treatment.REWRITE
    assert treated("GET", head("text/html", ("Content-Type", "text/plain")), navigation=True) is Treatment.PASS


@pytest.mark.parametrize(("method", "status"), [("HEAD", 200), ("GET", 204), ("GET", 205), ("GET", 304), ("GET", 103)])
def test_answers_without_a_body_have_none(method: str, status: int) -> None:
    """An answer whose body is not sent has nothing to be read in it (R141)."""
    assert treated(method, head("text/html", status=status), navigation=True) is Treatment.BODILESS


@pytest.mark.parametrize(
    "unreadable",
    [
        head("text/html", status=206),
        head("application/xhtml+xml"),
        head("text/html; charset=utf-16"),
        head("text/html; charset=ISO-2022-JP"),
        head("text/html", ("Content-Encoding", "x-own")),
        head("text/html", ("Content-Encoding", "gzip, x-own")),
        head("text/html", ("Content-Encoding", ", ".join(["gzip"] * 5))),
        head("text/html", ("X-Accel-Redirect", "/files/page.html")),
        head("text/html", ("x-sendfile", "/srv/page.html")),
    ],
)
def test_what_cannot_be_read_is_not_passed_unread(unreadable: Head) -> None:
    """A part of a page, a coding nobody can undo, XML, encodings unlike ASCII and bytes elsewhere are unreadable (R145, R159)."""
    assert treated("GET", unreadable, navigation=True) is Treatment.UNREADABLE
    assert treated("HEAD", unreadable, navigation=True) is Treatment.UNREADABLE


@pytest.mark.parametrize("coding", ["gzip", "deflate", "gzip, deflate", "identity", "GZIP"])
def test_known_codings_are_read(coding: str) -> None:
    """HTML that comes encoded all the same is decoded (R142)."""
    assert treated("GET", head("text/html", ("Content-Encoding", coding)), navigation=True) is Treatment.REWRITE


@pytest.mark.parametrize(
    "content_type",
    [
        "multipart/x-mixed-replace; boundary=b",
        "multipart/mixed;boundary=b",
        "Multipart/ByteRanges; boundary=b",
        "text/xsl",
    ],
)
def test_documents_that_nobody_reads_are_not_shown(content_type: str) -> None:
    """What a browser may show as a document is unreadable in a navigation, and passes to scripts, players and pictures."""
    for method, status in (("GET", 200), ("GET", 206), ("HEAD", 200)):
        assert treated(method, head(content_type, status=status), navigation=True) is Treatment.UNREADABLE
        assert treated(method, head(content_type, status=status), navigation=False) is Treatment.PASS
    assert treated("GET", head(content_type, status=304), navigation=True) is Treatment.BODILESS


@pytest.mark.parametrize("navigation", [True, False])
def test_signed_exchanges_are_never_passed_unread(navigation: bool) -> None:
    """Chromium fetches the certificate that one names, and where it leads, also ahead of a page: no policy stops that."""
    signed = "application/signed-exchange;v=b3"
    assert treated("GET", head(signed), navigation=navigation) is Treatment.UNREADABLE


@pytest.mark.parametrize(
    "content_type",
    ["application/signed-exchange;v=b3", "multipart/mixed;boundary=b", "multipart/byteranges;boundary=b", "text/xsl"],
)
def test_a_download_passes_in_any_form(content_type: str) -> None:
    """What the browser only saves is not looked at, whatever it is."""
    download = head(content_type, ("Content-Disposition", "attachment"))
    assert treated("GET", download, navigation=True) is Treatment.PASS


@pytest.mark.parametrize(
    "content_type",
    ["multipart/related; boundary=b", "message/rfc822", "application/x-mimearchive", "application/webbundle",
     "application/octet-stream", "application/pdf"],
)  # fmt: skip
def test_what_browsers_save_passes(content_type: str) -> None:
    """Archives of pages and mails that come over the network are saved by every browser of today, and pass."""
    assert treated("GET", head(content_type), navigation=True) is Treatment.PASS
