"""A fixture for every row of the engine's tables, each with a host of its own, for the browser to look at.

`{u}` stands for a third-party URL; a row of the tables that has no fixture here fails the test.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from consentkit.html import elements

#: Rows that stand anywhere in a body: (table, element, attribute) → markup.
BODY: Final[dict[tuple[str, str, str], str]] = {
    ("html", "script", "src"): "<script src={u}></script>",
    ("html", "script", "attributionsrc"): "<script src=/own.js attributionsrc={u}></script>",
    ("html", "img", "src"): "<img alt src={u}>",
    ("html", "img", "srcset"): '<img alt srcset="/own.gif 1x, {u} 2x"><img alt srcset="{u}">',
    ("html", "img", "attributionsrc"): "<img alt src=/own.gif attributionsrc={u}>",
    ("html", "img", "lowsrc"): "<img alt lowsrc={u}>",
    ("html", "img", "dynsrc"): "<img alt dynsrc={u}>",
    ("html", "image", "src"): "<image alt src={u}>",
    ("html", "image", "srcset"): '<image alt srcset="{u} 1x">',
    ("html", "image", "attributionsrc"): "<image alt src=/own.gif attributionsrc={u}>",
    ("html", "image", "lowsrc"): "<image alt lowsrc={u}>",
    ("html", "image", "dynsrc"): "<image alt dynsrc={u}>",
    ("html", "iframe", "src"): "<iframe src={u}></iframe>",
    ("html", "iframe", "srcdoc"): '<iframe srcdoc="&lt;img alt src={u}>"></iframe>',
    ("html", "fencedframe", "src"): "<fencedframe src={u}></fencedframe>",
    ("html", "portal", "src"): "<portal src={u}></portal>",
    ("html", "embed", "src"): "<embed src={u}>",
    ("html", "embed", "code"): "<embed code={u}>",
    ("html", "embed", "pluginspage"): "<embed pluginspage={u}>",
    ("html", "object", "data"): "<object data={u}></object>",
    ("html", "object", "classid"): "<object classid={u}></object>",
    ("html", "object", "codebase"): "<object codebase={u}></object>",
    ("html", "object", "archive"): '<object archive="/own.jar {u}"></object>',
    ("html", "applet", "code"): "<applet code={u}></applet>",
    ("html", "applet", "codebase"): "<applet codebase={u}></applet>",
    ("html", "applet", "archive"): "<applet archive={u}></applet>",
    ("html", "applet", "object"): "<applet object={u}></applet>",
    ("html", "video", "src"): "<video src={u} preload=auto></video>",
    ("html", "video", "poster"): "<video poster={u}></video>",
    ("html", "audio", "src"): "<audio src={u} preload=auto></audio>",
    ("html", "source", "src"): "<video preload=auto><source src={u}></video>",
    ("html", "source", "srcset"): '<picture><source srcset="{u} 1x"><img alt></picture>',
    ("html", "track", "src"): "<video crossorigin><track default kind=captions src={u}></video>",
    ("html", "bgsound", "src"): "<bgsound src={u}>",
    **{("html", "model", name): f"<model {name}={{u}}></model>" for name in ("src", "environmentmap", "poster")},
    ("html", "input", "src"): "<input type=image alt src={u}>",
    ("html", "a", "attributionsrc"): "<a href=#x attributionsrc={u}>x</a>",
    ("html", "area", "attributionsrc"): "<map name=n><area href=#x attributionsrc={u}></map>",
    ("html", "link", "imagesrcset"): '<link rel=preload as=image imagesrcset="{u} 1x">',
    ("html", "html", "manifest"): "<html manifest={u}>",
    **{("html", name, "src"): f"<{name} src={{u}}></{name}>" for name in (
        "amp-img", "amp-anim", "amp-iframe", "amp-video", "amp-audio", "amp-pixel", "amp-ad", "amp-embed", "amp-list", "amp-state")},
    **{("html", name, "srcset"): f'<{name} srcset="{{u}} 1x"></{name}>' for name in ("amp-img", "amp-anim")},
    ("html", "amp-video", "poster"): "<amp-video poster={u}></amp-video>",
    ("html", "amp-analytics", "config"): "<amp-analytics config={u}></amp-analytics>",
    ("everywhere", "", "style"): '<p style="background: url({u})">x</p>',
    ("everywhere", "", "background"): "<table background={u}><tr><td>x</table>",
    **{("everywhere svg", "", name): f'<svg width=9 height=9><path d="M0 0h4v4h4" {name}="url({{u}}#a)"></path></svg>'
       for name in elements.SVG_EVERYWHERE if name != "style"},
    ("everywhere svg", "", "style"): '<svg width=9 height=9><rect width=9 height=9 style="mask: url({u}#a)"></rect></svg>',
    **{("svg", name, attribute): f'<svg width=9 height=9><{name} {attribute}="{{u}}" width=9 height=9></{name}></svg>'
       for name in ("script", "image", "feimage", "use", "pattern", "lineargradient", "radialgradient", "filter", "textpath", "tref",
                    "mpath", "cursor", "color-profile", "font-face-uri", "audio", "video", "iframe", "animate", "animatemotion",
                    "animatetransform", "set")
       for attribute in ("href", "xlink:href")},
    **{("svg", "feimage", name): f'<svg width=9 height=9><filter id=f-{name[0]}><feImage {name}="{{u}}" /></filter>'
       f'<rect width=9 height=9 filter="url(#f-{name[0]})" /></svg>' for name in ("href", "xlink:href")},
    ("svg", "script", "src"): "<svg><script src={u}></script></svg>",
    ("svg", "audio", "src"): "<svg><audio src={u}></audio></svg>",
    ("svg", "video", "src"): "<svg><video src={u}></video></svg>",
    ("svg", "video", "poster"): "<svg><video poster={u}></video></svg>",
    ("svg", "iframe", "src"): "<svg><iframe src={u}></iframe></svg>",
    **{("svg", name, attribute): f"<svg width=9 height=9><image width=9 height=9><{name} attributeName=href {attribute}={{u}} begin=0s "
       f"dur=9s fill=freeze /></image></svg>"
       for name in ("animate", "animatemotion", "animatetransform", "set") for attribute in ("to", "from", "by", "values")},
    **{("link type", name, "href"): f"<link rel={name} href={{u}}>" for name in elements.LINK_TYPES},
    ("link type", "preload", "href"): "<link rel=preload as=image href={u}>",
    ("json", "importmap", ""): '<script type=importmap>{{"imports": {{"mapped": "{u}"}}}}</script><script type=module>import "mapped"</script>',
    ("json", "speculationrules", ""): '<script type=speculationrules>{{"prefetch": [{{"urls": ["{u}"]}}]}}</script>',
    ("json", "webbundle", ""): '<script type=webbundle>{{"source": "{u}", "resources": ["{u}/b"]}}</script>',
    **{("script type", name, "src"): f'<script type="{name}" src={{u}}></script>' for name in elements.SCRIPT_TYPES},
}  # fmt: skip

#: What the issue of coverage names beyond single attributes: a name → markup.
MORE: Final[dict[str, str]] = {
    "srcdoc in srcdoc": '<iframe srcdoc="&lt;iframe srcdoc=&quot;&amp;lt;img src={u}>&quot;>"></iframe>',
    "an inline module's import": "<script type=module>import '{u}'</script>",
    "an inline module's import of JSON": "<script type=module>import x from '{u}' with {{type: 'json'}}</script>",
    "module": "<script type=module src={u}></script>",
    "async": "<script async src={u}></script>",
    "nomodule": "<script nomodule src={u}></script>",
    "a script for an event": "<script for=window event=onload src={u}></script>",
    "a frame's data: document": "<iframe src='data:text/html,<img src={u}>'></iframe>",
    "a frame's javascript: document": "<iframe src=\"javascript:'<img src={u}>'\"></iframe>",
    "an object's SVG": "<object data=\"data:image/svg+xml,<svg xmlns='http://www.w3.org/2000/svg'><image width='9' height='9' href='{u}'/></svg>\"></object>",
    "a data: style sheet": "<link rel=stylesheet href='data:text/css,@import %22{u}%22'>",
    "a preloaded script": "<link rel=preload as=script href={u}>",
    "a preloaded font": "<link rel=preload as=font crossorigin href={u}>",
    "a preloaded style sheet": "<link rel=preload as=style href={u}>",
    "one of a link's types": '<link rel="license stylesheet" href={u}>',
    "an alternate style sheet": '<link rel="alternate stylesheet" title=other href={u}>',
    "@import": "<style>@import '{u}';</style>",
    "@import with escapes": "<style>@\\69mport '{u}';</style>",
    "@import with a layer": "<style>@import url({u}) layer(a) supports(display: block);</style>",
    "@import in a style of another type": "<style type=text/other>@import '{u}';</style>",
    "url()": "<style>.a1 {{background: url( '{u}' )}}</style><p class=a1>x",
    "u\\72l()": "<style>.a2 {{background: u\\72l({u})}}</style><p class=a2>x",
    "url() behind a comment": "<style>/* <style> */ .a3 {{background: /**/url({u})}}</style><p class=a3>x",
    "image-set()": "<style>.a4 {{background: image-set('{u}' 1x)}}</style><p class=a4>x",
    "a custom property": "<style>.a5 {{--a: url({u}); background: var(--a)}}</style><p class=a5>x",
    "a custom property's string": "<style>:root {{--b: '{u}'}}</style><style>.b1 {{background: image-set(var(--b) 1x)}}</style><p class=b1>x",
    "a custom property's string in an attribute": "<style>.b2 {{background: image-set(var(--c) 1x)}}</style><p class=b2 style=\"--c: '{u}'\">x",
    "an initial value": "<style>@property --d {{syntax: '<string>'; inherits: true; initial-value: '{u}'}}</style>"
    "<style>.b3 {{background: image-set(var(--d) 1x)}}</style><p class=b3>x",
    "a function's result": "<style>@function --e() {{result: '{u}'}}</style><style>.b4 {{background: image-set(--e() 1x)}}</style><p class=b4>x",
    "a function's argument": "<style>@function --f(--g) {{result: image-set(var(--g) 1x)}}</style><p style=\"background: --f('{u}')\">x",
    "env() in image-set()": "<style>.b5 {{background: image-set(env(none, '{u}') 1x)}}</style><p class=b5>x",
    "the root of an SVG": "<p><svg width=9 height=9 mask='url({u}#a)'></svg>",
    "@font-face": "<style>@font-face {{font-family: f1; src: url({u})}} .a6 {{font-family: f1}}</style><p class=a6>x",
    "cursor": "<style>.a7 {{cursor: url({u}), auto}}</style><p class=a7>x",
    "shape-outside": "<style>.a8 {{shape-outside: url({u}); float: left}}</style><p class=a8>x",
    "references in a style attribute": "<p style='background:url(&quot;{u}&quot;)'>x",
    "a style element in SVG": "<svg><style>@import '{u}';</style></svg>",
    "a section in a style element in SVG": "<svg><style><![CDATA[@import '{u}';]]></style></svg>",
    "a tag in a section in SVG": "<svg><font><![CDATA[><img src={u}>]]></font></svg>",
    "a tag behind the end of a style in a section in SVG": "<svg><style><![CDATA[</style><img src={u}>]]></style></svg>",
    "an image behind what is a comment but for a preload scanner": "<svg><script>'<!--'</script><image href={u} width=9 height=9 />--></svg>",
    "an image behind a title that was closed by another end tag": "<svg width=9 height=9><g><title></g><image href={u} width=9 height=9 /></svg>",
    "a style that is MathML": "<math><annotation-xml encoding='text/html '><style><img src={u}></style></annotation-xml></math>",
    "a comment in a style element in SVG": "<svg><style>@im<!-- -->port '{u}';</style></svg>",
    "set": "<svg width=9 height=9><rect width=9 height=9><set attributeName=mask to='url({u}#a)' /></rect></svg>",
    "noscript": "<noscript><img alt src={u}></noscript>",
    "a declared shadow root": "<div><template shadowrootmode=open><img alt src={u}></template></div>",
    "a style sheet in a declared shadow root": "<div><template shadowrootmode=closed><style>:host {{background: url({u})}}</style></template></div>",
    "HTML in SVG": "<svg><foreignObject><img alt src={u}></foreignObject></svg>",
    "HTML that ends SVG": "<svg><style><img alt src={u}></style></svg>",
    "HTML in MathML": "<math><mi><img alt src={u}></mi></math>",
    "unquoted and slashed": "<img/alt/src={u}>",
    "references in a URL": "<img alt src=&#x68;ttps&colon;{bare}>",
    "a tab in a URL": "<img alt src='ht\ttps:{bare}'>",
    "backslashes": "<img alt src='https:\\\\{host}\\a'>",
    "no slashes": "<img alt src=https:{host}/a>",
    "upper case": "<IMG ALT SRC={u}>",
    "the first of two": "<img alt src={u} src=/own.gif>",
    "an image in a select": "<select><option><img alt src={u}></select>",
    **{f"the background of {name}": f"<table>{before}<{name} background={{u}}>{after}</table>" for name, before, after in (
        ("thead", "", "<tr><td>x"), ("tbody", "", "<tr><td>x"), ("tfoot", "", "<tr><td>x"), ("tr", "", "<td>x"), ("td", "<tr>", "x"),
        ("th", "<tr>", "x"))},
    "a mark": "<img alt data-consent=media src={u}>",
}  # fmt: skip

#: Handlers that run by themselves: name → markup in which it does, `{c}` standing for the code.
HANDLERS: Final[dict[str, str]] = {
    "onload": '<img alt src=/own.gif {name}="{c}">',
    "onerror": '<img alt src=data:x {name}="{c}">',
    **dict.fromkeys(("onbegin", "onend", "onrepeat"), '<svg><animate attributeName=x dur=.01s repeatCount=2 {name}="{c}" /></svg>'),
    **dict.fromkeys(("onfocus", "onfocusin"), '<input autofocus {name}="{c}">'),
    **dict.fromkeys(("ontoggle", "onbeforetoggle"), '<details open {name}="{c}"><summary>x</summary></details>'),
    **dict.fromkeys(("onanimationstart", "onanimationend", "onanimationiteration"),
                    '<style>@keyframes k {{from {{color: red}}}}</style><p style="animation: k .01s 2" {name}="{c}">x'),
    **dict.fromkeys(("onloadstart", "onprogress"), '<video src=/own.gif preload=auto {name}="{c}"></video>'),
    **dict.fromkeys(("onpageshow", "onresize"), '<body {name}="{c}">'),
    "onwebkitanimationstart": '<style>@keyframes k {{from {{color: red}}}}</style><p style="animation: k .01s" {name}="{c}">x',
    "onslotchange": '<div><template shadowrootmode=open><slot {name}="{c}"></slot></template><p>x</div>',
}  # fmt: skip

#: Rows that the visitor has to press something for: the pressed element has class ``press``.
PRESSED: Final[dict[tuple[str, str, str], str]] = {
    ("html", "a", "ping"): "<a class=press href=#x ping={u}>x</a>",
    ("html", "area", "ping"): '<img alt src=/own.gif width=40 height=40 usemap=#m><map name=m><area class=press shape=rect coords="0,0,40,40" '
    "href=#x ping={u}></map>",
    ("html", "form", "action"): "<form action={u} target=t1><button class=press>x</button></form><iframe name=t1></iframe>",
    ("html", "button", "formaction"): "<form action=/own target=t2><button class=press formaction={u}>x</button></form><iframe name=t2></iframe>",
    ("html", "input", "formaction"): "<form action=/own target=t3><input type=submit class=press formaction={u}></form><iframe name=t3></iframe>",
}  # fmt: skip

#: Rows that need a page of their own.
PAGES: Final[dict[tuple[str, str, str], str]] = {
    ("html", "meta", "content"): "<meta http-equiv=refresh content='0;url={u}'><p>x",
    ("html", "frame", "src"): "<html><head><title>x</title></head><frameset><frame src={u}></frameset></html>",
    ("html", "body", "background"): "<body background={u}><p>x",
    ("html", "base", "href"): "<base href={u}/><img alt src=relative.gif>",
}  # fmt: skip


#: Rows with a style sheet in SVG or MathML of which only a tree could tell what it is. It stays blocked as long as any
#: host is refused, as those that nobody declared are for ever; what else is in the row comes back.
UNTOLD = {
    "a tag behind the end of a style in a section in SVG",
    "a style that is MathML",
    "HTML that ends SVG",
}


@dataclass(frozen=True)
class Row:
    """A fixture with its host.

    Attributes:
        name: what it shows.
        host: the host that it would contact.
        markup: the markup.
    """

    name: str
    host: str
    markup: str


def rows(kind: str) -> list[Row]:
    """All rows of a kind: ``body``, ``pressed``, ``pages``."""
    sources: dict[str, dict[str, str]] = {
        "body": {
            **{" ".join(filter(None, key)): markup for key, markup in BODY.items()},
            **MORE,
            **HANDLERS,
        },
        "pressed": {" ".join(key): markup for key, markup in PRESSED.items()},
        "pages": {" ".join(key): markup for key, markup in PAGES.items()},
    }
    found = []
    for number, (name, markup) in enumerate(sources[kind].items()):
        host = f"{kind[0]}{number}.rows.example"
        url = f"https://{host}/a"
        text = markup.format(u=url, host=host, bare=f"//{host}/a", c=f"fetch('{url}')", name=name)
        found.append(Row(name, host, text))
    return found
