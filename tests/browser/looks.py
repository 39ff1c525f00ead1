"""A page with an embed of each kind, and the policy that declares them: what the tests of looks and access look at."""

from __future__ import annotations

from typing import Any

from consentkit.policy import catalogue
from tests.policies import cookie, exempt, purpose

# As the catalogue has them: with their hosts, signatures, links and friendlier forms.
SERVICES = {
    "youtube": "media", "vimeo": "media", "soundcloud": "media", "google-maps": "media", "flickr": "media",
    "twitter": "social", "facebook": "social", "linkedin-share": "social", "pinterest-pin": "social", "google-plus-one": "social",
    "google-recaptcha": "tools", "typeform": "tools", "disqus": "tools",
}  # fmt: skip
POLICY: dict[str, Any] = {
    "policy_path": "/privacy",
    "purposes": [exempt("basket"), purpose("media"), purpose("social"), purpose("tools")],
    "services": [
        {**declared.model_dump(), "purposes": [name]} for id_, name in SERVICES.items()
        if (declared := catalogue.service(id_))
    ],
    "cookies": [cookie("basket", "basket"), cookie("volume", "media", lifetime="2 months")],
    "changes": [{"version": "1", "date": "2026-11-02", "summary": "Fonts are our own."}],
    "sections": [{"id": "comments", "title": "Comments", "text": "They are public."}],
}  # fmt: skip
HEAD = """<!doctype html><html lang="{lang}"><head><meta charset="utf-8"><title>Shop</title>
<meta name="viewport" content="width=device-width, initial-scale=1"><style>
body {{ margin: 0 auto; padding: 16px; max-width: 900px; font: 16px/1.5 serif; color-scheme: light dark; background: Canvas; color: CanvasText }}
img, iframe {{ max-width: 100% }} img {{ height: auto }}</style></head><body><main>"""
EMBEDS = """<h1>Shop</h1>
<p><iframe id="video" width="560" height="315" src="https://www.youtube.com/embed/abcdefghijk?rel=0" title="A film"></iframe></p>
<p><iframe id="sound" width="100%" height="166" src="https://w.soundcloud.com/player/?url=x" title="A sound"></iframe></p>
<p><iframe id="map" width="600" height="300" src="https://www.google.com/maps/embed?pb=1" title="A map"></iframe></p>
<p><iframe id="small" width="300" height="120" src="https://player.vimeo.com/video/12#t=3" title="A clip"></iframe></p>
<div style="position: relative; height: 0; padding-bottom: 56.25%"><iframe id="over" style="position: absolute; inset: 0; width: 100%;
height: 100%" src="https://player.vimeo.com/video/13" title="Another"></iframe></div>
<blockquote class="twitter-tweet"><p>Said there</p></blockquote><script async src="https://platform.twitter.com/widgets.js"></script>
<div class="share"><script async src="https://connect.facebook.net/en_GB/sdk.js"></script>
<iframe id="like" width="110" height="24" src="https://www.facebook.com/plugins/like.php?href=x" title="Like"></iframe>
<script src="https://platform.linkedin.com/in.js"></script><script async src="https://apis.google.com/js/platform.js"></script>
<script async src="https://assets.pinterest.com/js/pinit.js"></script></div>
<p><a href="https://www.flickr.com/x"><img id="picture" src="https://live.staticflickr.com/1/a.jpg" width="320" height="200" alt="At the works"></a>
<img id="ornament" src="https://live.staticflickr.com/1/b.jpg" width="80" height="60" alt=""></p>
<form action="/thanks" method="post"><label>Name <input name="name"></label>
<div id="captcha" class="g-recaptcha" data-sitekey="6Labcdef"></div><div data-tf-live="01ABC"></div></form>
<div id="disqus_thread"></div><script>(() => { const s = document.createElement('script'); s.src = 'https://x.disqus.com/embed.js';
document.body.append(s) })()</script>
<p><iframe id="unknown" width="500" height="200" src="https://unknown.example/x" title="Somebody"></iframe></p>"""
LINKS = "".join(
    f'<p>Lorem ipsum dolor <a href="/{n}">sit amet {n}</a> consectetur adipiscing elit.</p>' for n in range(30)
)


def pages(lang: str = "en") -> dict[str, str]:
    """The shop's pages, in a language."""
    head = HEAD.format(lang=lang)
    return {"/": f"{head}<h1>Shop</h1>{LINKS}</main>", "/embeds": f"{head}{EMBEDS}</main>"}
