"""One table: which attribute of which element makes a browser fetch what (R161).

A row is element → attribute → `Trigger`. Everything else that is a matter of names stands here too:
link types, script types, event handlers that nobody has to click for. The expressions of the scanner are
made from these tables, so a row added here is a row blocked.

Sources: HTML Standard; SVG 2; what Chromium contacts where that is more (its preload scanner fetches what
is never used), and attributes that older browsers fetched, because a reader of old pages may have one.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from consentkit.html.decision import Kind


class Form(StrEnum):
    """How the URLs stand in the attribute's value."""

    URL = "url"
    URLS = "urls"  # separated by spaces
    SRCSET = "srcset"
    CSS = "css"  # declarations or a component value
    REFRESH = "refresh"  # 5;url=…
    DOCUMENT = "document"  # HTML
    CODE = "code"  # an event handler
    LIST = "list"  # values separated by semicolons (SVG animation)


@dataclass(frozen=True, slots=True)
class Trigger:
    """One way of making a browser fetch.

    Attributes:
        kind: what for.
        form: how the URLs stand in the value.
        when: another attribute and the values (lower case) one of which it must have; None: always.
    """

    kind: Kind
    form: Form = Form.URL
    when: tuple[str, tuple[str, ...]] | None = None


_IMAGE: Final = Trigger(Kind.IMAGE)
_IMAGES: Final = Trigger(Kind.IMAGE, Form.SRCSET)
_MEDIA: Final = Trigger(Kind.MEDIA)
_FRAME: Final = Trigger(Kind.FRAME)
_OBJECT: Final = Trigger(Kind.OBJECT)
_FORM: Final = Trigger(Kind.FORM)
_PING: Final = Trigger(Kind.PING, Form.URLS)

#: On every HTML element.
EVERYWHERE: Final[dict[str, Trigger]] = {
    "style": Trigger(Kind.IMAGE, Form.CSS),
    "background": _IMAGE,  # body, table, thead, tbody, tfoot, tr, td, th
}

#: With none of these an HTML element fetches anything, unless a policy declares it.
UNCONCERNED: Final = frozenset({
    "class", "id", "alt", "title", "width", "height", "border", "align", "valign", "type", "name", "value",
    "rel", "target", "lang", "dir", "role", "tabindex", "href", "size", "method", "enctype", "loading",
    "decoding", "sizes", "media", "itemprop", "itemtype", "itemscope", "colspan", "rowspan", "for",
    "placeholder", "checked", "disabled", "bgcolor", "color", "face", "cellpadding", "cellspacing", "nowrap",
    "hidden",
})  # fmt: skip

#: HTML elements. `script`, `style`, `link`, `base` also have rules of their own (`blocking editor`).
HTML: Final[dict[str, dict[str, Trigger]]] = {
    "script": {"src": Trigger(Kind.SCRIPT), "attributionsrc": _PING},
    "img": {"src": _IMAGE, "srcset": _IMAGES, "attributionsrc": _PING, "lowsrc": _IMAGE, "dynsrc": _MEDIA},
    "image": {"src": _IMAGE, "srcset": _IMAGES, "attributionsrc": _PING, "lowsrc": _IMAGE, "dynsrc": _MEDIA},
    "iframe": {"src": _FRAME, "srcdoc": Trigger(Kind.FRAME, Form.DOCUMENT)},
    "frame": {"src": _FRAME},
    "fencedframe": {"src": _FRAME},
    "portal": {"src": _FRAME},
    "embed": {"src": _OBJECT, "code": _OBJECT, "pluginspage": _OBJECT},
    "object": {"data": _OBJECT, "classid": _OBJECT, "codebase": _OBJECT, "archive": Trigger(Kind.OBJECT, Form.URLS)},
    "applet": {"code": _OBJECT, "codebase": _OBJECT, "archive": _OBJECT, "object": _OBJECT},
    "video": {"src": _MEDIA, "poster": _IMAGE},
    "audio": {"src": _MEDIA},
    "source": {"src": _MEDIA, "srcset": _IMAGES},
    "track": {"src": _MEDIA},
    "bgsound": {"src": _MEDIA},
    "model": {"src": _MEDIA, "environmentmap": _IMAGE, "poster": _IMAGE},  # Safari's, for 3D
    "input": {"src": Trigger(Kind.IMAGE, when=("type", ("image",))), "formaction": _FORM},
    "button": {"formaction": _FORM},
    "form": {"action": _FORM},
    "a": {"ping": _PING, "attributionsrc": _PING},
    "area": {"ping": _PING, "attributionsrc": _PING},
    "link": {"imagesrcset": Trigger(Kind.PRELOAD, Form.SRCSET)},
    "meta": {"content": Trigger(Kind.NAVIGATION, Form.REFRESH, when=("http-equiv", ("refresh",)))},
    "html": {"manifest": Trigger(Kind.MANIFEST)},
    "amp-img": {"src": _IMAGE, "srcset": _IMAGES},
    "amp-anim": {"src": _IMAGE, "srcset": _IMAGES},
    "amp-iframe": {"src": _FRAME},
    "amp-video": {"src": _MEDIA, "poster": _IMAGE},
    "amp-audio": {"src": _MEDIA},
    "amp-pixel": {"src": _IMAGE},
    "amp-ad": {"src": _FRAME},
    "amp-embed": {"src": _FRAME},
    "amp-list": {"src": Trigger(Kind.OTHER)},
    "amp-state": {"src": Trigger(Kind.OTHER)},
    "amp-analytics": {"config": Trigger(Kind.OTHER)},
}

#: AMP components whose host stands in no attribute: the runtime knows it.
AMP_HOSTS: Final[dict[str, str]] = {
    "amp-dailymotion": "www.dailymotion.com",
    "amp-facebook": "www.facebook.com",
    "amp-facebook-comments": "www.facebook.com",
    "amp-facebook-like": "www.facebook.com",
    "amp-facebook-page": "www.facebook.com",
    "amp-gist": "gist.github.com",
    "amp-instagram": "www.instagram.com",
    "amp-pinterest": "www.pinterest.com",
    "amp-reddit": "embed.redditmedia.com",
    "amp-soundcloud": "w.soundcloud.com",
    "amp-tiktok": "www.tiktok.com",
    "amp-twitter": "platform.twitter.com",
    "amp-vimeo": "player.vimeo.com",
    "amp-vine": "vine.co",
    "amp-youtube": "www.youtube.com",
}

_SVG_URL: Final = {"href": Trigger(Kind.OTHER), "xlink:href": Trigger(Kind.OTHER)}
_SVG_IMAGE: Final = {"href": _IMAGE, "xlink:href": _IMAGE}
_ANIMATION: Final = ("attributename", (
    "href", "xlink:href", "fill", "stroke", "mask", "clip-path", "filter", "marker", "marker-start",
    "marker-mid", "marker-end", "cursor", "style"))  # fmt: skip
_ANIMATED: Final = {
    **_SVG_URL,
    "to": Trigger(Kind.IMAGE, Form.LIST, when=_ANIMATION),
    "from": Trigger(Kind.IMAGE, Form.LIST, when=_ANIMATION),
    "by": Trigger(Kind.IMAGE, Form.LIST, when=_ANIMATION),
    "values": Trigger(Kind.IMAGE, Form.LIST, when=_ANIMATION),
}

#: On every SVG element: the presentation attributes that take a URL.
SVG_EVERYWHERE: Final[dict[str, Trigger]] = {
    "style": Trigger(Kind.IMAGE, Form.CSS),
    **{name: Trigger(Kind.IMAGE, Form.CSS) for name in (
        "fill", "stroke", "mask", "clip-path", "filter", "marker", "marker-start", "marker-mid", "marker-end",
        "cursor")},
}  # fmt: skip

#: Foreign elements (names in lower case). ``a`` and what only points into the document are not fetched.
SVG: Final[dict[str, dict[str, Trigger]]] = {
    "script": {"href": Trigger(Kind.SCRIPT), "xlink:href": Trigger(Kind.SCRIPT), "src": Trigger(Kind.SCRIPT)},
    "image": _SVG_IMAGE,
    "feimage": _SVG_IMAGE,
    "use": _SVG_URL,
    "pattern": _SVG_URL,
    "lineargradient": _SVG_URL,
    "radialgradient": _SVG_URL,
    "filter": _SVG_URL,
    "textpath": _SVG_URL,
    "tref": _SVG_URL,
    "mpath": _SVG_URL,
    "cursor": _SVG_IMAGE,
    "color-profile": _SVG_URL,
    "font-face-uri": _SVG_URL,
    "animate": _ANIMATED,
    "animatemotion": _ANIMATED,
    "animatetransform": _ANIMATED,
    "set": _ANIMATED,
    "audio": {"href": _MEDIA, "xlink:href": _MEDIA, "src": _MEDIA},
    "video": {"href": _MEDIA, "xlink:href": _MEDIA, "src": _MEDIA, "poster": _IMAGE},
    "iframe": {"href": _FRAME, "xlink:href": _FRAME, "src": _FRAME},
}

#: Link types that fetch, each judged by itself.
LINK_TYPES: Final[dict[str, Kind]] = {
    "stylesheet": Kind.STYLE,
    "icon": Kind.IMAGE,
    "apple-touch-icon": Kind.IMAGE,
    "apple-touch-icon-precomposed": Kind.IMAGE,
    "apple-touch-startup-image": Kind.IMAGE,
    "mask-icon": Kind.IMAGE,
    "fluid-icon": Kind.IMAGE,
    "manifest": Kind.MANIFEST,
    "preload": Kind.PRELOAD,
    "modulepreload": Kind.PRELOAD,
    "prefetch": Kind.PRELOAD,
    "prerender": Kind.PRELOAD,
    "next": Kind.PRELOAD,  # Firefox fetches it ahead
    "subresource": Kind.PRELOAD,
    "preconnect": Kind.HINT,
    "dns-prefetch": Kind.HINT,
    "compression-dictionary": Kind.OTHER,
    "import": Kind.OTHER,
    "monetization": Kind.OTHER,
    "search": Kind.OTHER,  # from a site's first page Chromium fetches the description of its search
}

#: Words that mean nothing once the link type that they accompany is gone.
LINK_COMPANIONS: Final = {"alternate": "stylesheet", "shortcut": "icon"}

#: §4.12.1 and MIME Sniffing §4.6: the only types of a classic script, compared as a whole.
SCRIPT_TYPES: Final = frozenset(
    f"{kind}/{name}"
    for kind, names in {
        "application": ("ecmascript", "javascript", "x-ecmascript", "x-javascript"),
        "text": (
            "ecmascript", "javascript", "javascript1.0", "javascript1.1", "javascript1.2", "javascript1.3",
            "javascript1.4", "javascript1.5", "jscript", "livescript", "x-ecmascript", "x-javascript"),
    }.items()
    for name in names
)  # fmt: skip

#: Script types whose text is JSON with URLs that are fetched.
JSON_TYPES: Final[dict[str, Kind]] = {
    "importmap": Kind.SCRIPT,
    "speculationrules": Kind.PRELOAD,
    "webbundle": Kind.PRELOAD,
}

#: Event handlers that wait for the visitor: opening a window, say, is what was asked for. URLs in all others count as
#: fetched: they run by themselves, sooner or later, or will in a browser to come.
VISITOR_HANDLERS: Final = frozenset({
    "onabort", "onauxclick", "onbeforecopy", "onbeforecut", "onbeforeinput", "onbeforematch", "onbeforepaste",
    "oncancel", "onchange", "onclick", "oncommand", "oncompositionend", "oncompositionstart",
    "oncompositionupdate", "oncontextmenu", "oncopy", "oncut", "ondblclick", "ondrag", "ondragend",
    "ondragenter", "ondragleave", "ondragover", "ondragstart", "ondrop", "ongotpointercapture", "oninput",
    "oninvalid", "onkeydown", "onkeypress", "onkeyup", "onlostpointercapture", "onmousedown", "onmouseenter",
    "onmouseleave", "onmousemove", "onmouseout", "onmouseover", "onmouseup", "onmousewheel", "onpaste",
    "onpointercancel", "onpointerdown", "onpointerenter", "onpointerleave", "onpointermove", "onpointerout",
    "onpointerover", "onpointerrawupdate", "onpointerup", "onreset", "onsearch", "onselect", "onselectstart",
    "onsubmit", "ontouchcancel", "ontouchend", "ontouchmove", "ontouchstart", "onwheel",
})  # fmt: skip

#: Elements that a visitor would miss: a placeholder may stand before them.
EMBEDS: Final = frozenset({"iframe", "embed", "object", "applet", "video", "audio", "fencedframe", "portal"})

#: Elements whose text is no markup (§13.2.6); `noscript` is, or is not, as scripts are off or on.
RAW_TEXT: Final = frozenset({b"style", b"xmp", b"iframe", b"noembed", b"noframes", b"title", b"textarea", b"noscript"})

#: §13.2.6.4.4: what may stand in a head; anything else ends it.
HEAD: Final = frozenset({
    b"base", b"basefont", b"bgsound", b"link", b"meta", b"noframes", b"noscript", b"script", b"style", b"template",
    b"title",
})  # fmt: skip

#: §13.2.6.5: start tags that end foreign content.
BREAKOUT: Final = frozenset((
    b"b big blockquote body br center code dd div dl dt em embed h1 h2 h3 h4 h5 h6 head hr i img li listing menu"
    b" meta nobr ol p pre ruby s small span strong strike sub sup table tt u ul var").split())  # fmt: skip

#: Elements of SVG and MathML inside which HTML begins again (§13.2.6, integration points).
SVG_INTEGRATION: Final = frozenset({b"foreignobject", b"desc", b"title"})
MATHML_INTEGRATION: Final = frozenset({b"mi", b"mo", b"mn", b"ms", b"mtext"})

#: Attributes that the author or another tool marks elements with.
MARKS: Final = frozenset({"data-consent", "data-consent-service"})


#: Elements that are looked at whatever their attributes are, so that their rows name no wanted attribute.
_BY_NAME: Final = frozenset({"script", "link", "meta", *(name for name in HTML if name.startswith("amp-"))})


def wanted_attributes() -> frozenset[str]:
    """Every HTML attribute, on any element, that has to be looked at; ``on…`` and ours apart."""
    names = {"http-equiv", "shadowrootmode", *EVERYWHERE, *MARKS}
    for element, row in HTML.items():
        if element not in _BY_NAME:
            names.update(row)
    return frozenset(names - {"content"})
