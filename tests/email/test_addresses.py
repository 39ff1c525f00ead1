"""Addresses: wrappers that hold their target come off, decoration goes, everything else stays as it was written."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consentkit.email.addresses import MAX_URL, plain
from consentkit.email.senders import senders
from consentkit.html.urls import parse_url
from tests.email.messages import TARGET, b64, in_json

ENCODED = "https%3A%2F%2Fshop.example%2Fglasses%3Fsize%3D30"
TABLE = senders()


@pytest.mark.parametrize(
    ("wrapped", "sender"),
    [
        ("https://click.pstmrk.it/3s/shop.example%2Fglasses%3Fsize%3D30/aBc/9", "postmark"),
        ("https://track.pstmrk.it/3ts/shop.example%2Fglasses%3Fsize%3D30/aBc/9/h", "postmark"),
        ("https://abc.r.eu-west-1.awstrack.me/L0/https:%2F%2Fshop.example%2Fglasses%3Fsize=30/1/0102-0/x=9", "amazon-ses"),
        (f"http://x1y2.mjt.lu/lnk/AVQAA/1/hAsH/{b64(TARGET)}", "mailjet"),
        (f"https://e.customeriomail.com/e/c/{in_json(email_id='x', href=TARGET, position=2)}/0a1b", "customer-io"),
        (f"https://substack.com/redirect/2/{in_json(e=TARGET, p=19)}.SiG_NaTuRe-0123456789", "substack"),
        (f"https://lnks.gd/l/{in_json(alg='HS256')}.{in_json(uri='bp2:click', url=TARGET)}.sig/s/1/br/2-l", "govdelivery"),
        (f"https://click.convertkit-mail4.com/d0uv/p8he/{b64(TARGET)}==", "kit"),
        (f"https://mandrillapp.com/track/click/3/shop.example?p={in_json(s='x', v=1, p='{}')}", ""),
        (f"https://www.google.com/url?q={ENCODED}&sa=D&usg=AOv", "google"),
        (f"https://eur01.safelinks.protection.outlook.com/?url={ENCODED}&data=05%7C02&reserved=0", "microsoft"),
        (f"https://l.facebook.com/l.php?u={ENCODED}&h=AT0", "meta"),
        (f"http://r20.rs6.net/tn.jsp?t=tpys.e9iq&p={ENCODED}", "constant-contact"),
        ("https://click.pstmrk.it/3s/www.google.com%2Furl%3Fq%3Dhttps%253A%252F%252Fshop.example%252Fglasses%253Fsize%253D30/x", "google"),
    ],
)  # fmt: skip
def test_known_wrappers_come_off(wrapped: str, sender: str) -> None:
    """The target that stands in a known wrapper is what is left, however it was encoded, and through several wrappers."""
    found = plain(wrapped, TABLE)
    if not sender:
        assert (wrapped, "mandrill") == (found.url, found.opaque)
        return
    assert TARGET == found.url
    assert sender == found.unwrapped[-1][0]
    assert found == found._replace(url=plain(found.url, TABLE).url)


def test_json_in_json() -> None:
    """A target in an object that is a string of another object is found, as Mandrill writes it."""
    inner = '{"u":3,"v":1,"url":"https:\\/\\/shop.example\\/glasses?size=30","id":"9"}'
    wrapped = f"https://mandrillapp.com/track/click/3/shop.example?p={in_json(s='x', v=1, p=inner)}"
    assert TARGET == plain(wrapped, TABLE).url


@pytest.mark.parametrize("url", [
    "https://shop.list-manage.com/track/click?u=1&id=2&e=3",
    "https://u12.ct.sendgrid.net/ls/click?upn=u001.abc",
    "https://baaiffgc.r.af.d.sendibt2.com/tr/cl/xWXf",
    "https://click.pstmrk.it/9z/unknown",
    f"https://e.customeriomail.com/e/c/{b64('no JSON at all, but long enough')}/x",
    f"https://x.mjt.lu/lnk/A/1/h/{b64('javascript:alert(1)//xxxx')}",
    f"https://x.mjt.lu/lnk/A/1/h/{b64('https://user:pass@shop.example/')}",
])  # fmt: skip
def test_what_only_the_sender_knows_stays_and_is_told(url: str) -> None:
    """A link whose target does not stand in it stays as it is, under the name of who knows it."""
    found = plain(url, TABLE)
    assert (url, ()) == (found.url, found.unwrapped)
    assert found.opaque


@pytest.mark.parametrize(
    ("decorated", "bare"),
    [
        ("https://shop.example/?utm_source=a&utm_medium=b", "https://shop.example/"),
        ("https://shop.example/a?x=1&utm_source=a&y=2", "https://shop.example/a?x=1&y=2"),
        ("https://shop.example/a?UTM_Source=a&x", "https://shop.example/a?x"),
        ("https://shop.example/a?mc_eid=9&fbclid=8&gclid=7&_hsenc=6", "https://shop.example/a"),
        ("https://shop.example/a?x=%zz&&utm_id=1&=&b", "https://shop.example/a?x=%zz&&=&b"),
        ("https://shop.example/a?x=1#utm_source=2&part=3", "https://shop.example/a?x=1#part=3"),
        ("https://shop.example/a?x=1#utm_source=2", "https://shop.example/a?x=1"),
        ("https://shop.example/a?utm%5Fsource=2&q=caf%C3%A9", "https://shop.example/a?q=caf%C3%A9"),
        ("https://shop.example/a?x=1&amp;utm_source=2", "https://shop.example/a?x=1"),
    ],
)
def test_decoration_goes(decorated: str, bare: str) -> None:
    """Parameters that tell of the reader go; what stands around them stays, well formed or not."""
    assert bare == plain(decorated, TABLE).url
    assert plain(decorated, TABLE).dropped


@pytest.mark.parametrize("url", [
    "https://shop.example/?q=utm_source&source=mail",
    "https://shop.example/utm_source=1/",
    "https://shop.example/#/route?utm_source=1",
    "mailto:ada@pub.example?subject=utm_source%3D1",
    "tel:+442079460000",
    "#top",
    "",
    "https://",
    "https://shop.example/unsubscribe?mkt_tok=abc&utm_source=mail",
    "https://shop.example/newsletter/abmelden?mc_eid=1",
    "https://shop.example/prefs?action=optout&elq=9",
    "https://sharer.example/share?u=https%3A%2F%2Fshop.example%2F",
    "https://shop.example/" + "a" * MAX_URL + "?utm_source=1",
])  # fmt: skip
def test_what_is_the_readers_stays(url: str) -> None:
    """No parameter that merely looks alike, no other scheme, and no link with which a reader ends mail is touched."""
    assert url == plain(url, TABLE).url


def test_totals_may_stay() -> None:
    """Where the caller counts whole campaigns, what all readers have in common stays, and nothing else does."""
    keep = frozenset({"utm_source", "utm_campaign"})
    url = "https://shop.example/?utm_source=mail&utm_campaign=nov&utm_term=ada&mc_eid=9"
    assert "https://shop.example/?utm_source=mail&utm_campaign=nov" == plain(url, TABLE, keep=keep).url


def test_an_address_inside_is_told() -> None:
    """A link that has another in it, through somebody unknown, stays and is told of."""
    assert plain("https://go.unknown.example/?to=https%3A%2F%2Fshop.example", TABLE).inner
    assert not plain(TARGET, TABLE).inner


def test_circles_end() -> None:
    """Wrappers in wrappers in wrappers end after a while, whatever they hold."""
    url = TARGET
    for _ in range(40):
        url = "https://www.google.com/url?q=" + url.replace("%", "%25").replace("&", "%26")
    assert len(plain(url, TABLE).unwrapped) <= 10


@given(st.text(alphabet=st.characters(codec="utf-8"), max_size=200), st.sampled_from([
    "", "https://shop.example/?", "https://www.google.com/url?q=", "https://click.pstmrk.it/3s/", "https://x.mjt.lu/lnk/",
    "https://substack.com/redirect/2/", "https://e.customeriomail.com/e/c/",
]))  # fmt: skip
def test_any_text(text: str, start: str) -> None:
    """Whatever stands in an address, the result is one that needs no second cleaning and leads to http(s) or is unchanged."""
    url = start + text
    once = plain(url, TABLE)
    if once.unwrapped:
        parsed = parse_url(once.url, None)
        assert parsed is not None
        assert parsed.scheme in {"http", "https"}
    elif not once.dropped:
        assert url == once.url
    if len(once.unwrapped) < 10:
        again = plain(once.url, TABLE)
        assert once.url == again.url
