"""Renders what visitors see, for the gallery page of the documentation: from the templates in use, without a server.

python docs/gallery.py FOLDER
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from consentkit.consent.state import Consent, grant
from consentkit.html.decision import Block, Kind, Resource
from consentkit.pages.render import Pages
from consentkit.policy.models import Policy

KINDS = ("video", "audio", "map", "post", "share", "image", "form", "comments", "frame")
POSITIONS = ("corner", "bottom", "centre", "inline")
LANGUAGES = ("de", "ar", "ja")
_OWN = re.compile(r"/_ck/(?P<name>consent|pages)\.[0-9a-f]+\.css")
_SCRIPT = re.compile(r"<script.*?</script>", re.DOTALL)
_PAGE = """<!doctype html><html lang="{lang}" dir="{dir}"><meta charset="utf-8"><title>{title}</title>
<meta name="viewport" content="width=device-width"><meta name="color-scheme" content="light dark">
<link rel="stylesheet" href="consent.css">
<style>body {{ margin: 0; padding: 16px; font: 16px/1.5 serif }}
main {{ display: grid; gap: 16px; justify-items: start }}</style>
{body}</html>
"""


def policy(**changes: Any) -> Policy:
    """What a made-up shop declares: a service for each kind of embed."""
    titles = {"media": ("Films and maps", "Shows content from elsewhere in the page."),
              "statistics": ("Statistics", "Counts which pages are read.")}  # fmt: skip
    return Policy.model_validate({
        "version": "2026-11", "sites": ["shop.example"], "language": "en",
        "controller": {"name": "Shop Ltd", "address": "1 Example Street", "email": "privacy@shop.example"},
        "purposes": [
            {"id": "basket", "title": "Basket", "summary": "Remembers what you chose.",
             "text": "One cookie, until you leave.",
             "legal_basis": "contract", "exemption": "strictly_necessary",
             "justification": "Without it the basket is empty."},
            *({"id": id_, "title": title, "summary": summary, "text": summary}
              for id_, (title, summary) in titles.items()),
        ],
        "services": [
            {"id": kind, "name": f"Example {kind.title()}", "provider": "Example Media", "country": "IE",
             "purposes": ["media"],
             "hosts": [f"{kind}.example"], "placeholder": kind,
             "data": "Network address, browser, the page you are on.",
             "share_url": "https://share.example/?url={url}" if kind in {"share", "post"} else None,
             "cookies": [{"name": f"{kind}_id", "lifetime": "6 months", "description": "Recognises the browser."}]}
            for kind in KINDS
        ],
        "cookies": [{"name": "basket", "purpose": "basket", "lifetime": "session",
                     "third_party": False, "description": "Holds it."}],
        "rights": {"contact": "Write to us.", "authority": "The authority", "authority_url": "https://authority.example/"},
        "retention": {"records": "5 years", "text": "Orders: ten years."},
        "mandatory_data": "You need not tell us anything.", "automated_decisions": "There are none.",
        **changes,
    })  # fmt: skip


def write(folder: Path) -> list[Path]:
    """Write every page of the gallery; their paths."""
    folder.mkdir(parents=True, exist_ok=True)
    pages = Pages(policy(csp="off"), secrets=["only for the gallery: nothing is served"])
    nobody = Consent(pages.policy)
    made = {
        asset.name.partition(".")[0] + ".css": asset.body.decode()
        for asset in pages.assets.values()
        if asset.name.endswith(".css")
    }
    for position in POSITIONS:
        placed = Pages(policy(banner_position=position))
        made[f"banner-{position}.html"] = _page(
            placed.banner(Consent(placed.policy), "", "/") + "<p>The page.</p>", "Banner"
        )
    for language in LANGUAGES:
        made[f"banner-{language}.html"] = _page(pages.banner(nobody, "", "/", language), "Banner", pages, language)
    decided = Consent(pages.policy, grant(pages.policy, ["video"]), decided_at=1_793_500_000)
    made["control.html"] = _page(pages.banner(decided, "", "/"), "Control")
    made["placeholders.html"] = _page(
        "<main>" + "".join(_placeholder(pages, kind) for kind in KINDS) + "</main>", "Placeholders"
    )
    made["preferences.html"] = pages.preferences(decided, root_path="", return_path="/")
    made["policy.html"] = pages.policy_html("")
    for name, text in made.items():
        (folder / name).write_text(_still(text), encoding="utf-8")
    return sorted(folder / name for name in made)


def _still(html: str) -> str:
    """A page that asks for nothing but its style sheet, and shows what needs the script as if that were there."""
    return _SCRIPT.sub("", _OWN.sub(r"\g<name>.css", html)).replace(
        'data-ck="load-once" disabled', 'data-ck="load-once"'
    )


def _placeholder(pages: Pages, kind: str) -> str:
    resource = Resource(f"https://{kind}.example/1", f"{kind}.example", "/1", Kind.FRAME, "iframe", "src")
    size = {"width": "560", "height": "180" if kind in {"audio", "share"} else "315"}
    return pages.placeholder(
        Block(kind, ("media",), resource.host),
        resource,
        size,
        root_path="",
        return_path="/",
        url="https://shop.example/page",
    )


def _page(body: str, title: str, pages: Pages | None = None, language: str = "en") -> str:
    direction = pages.texts_in(language).direction if pages else "ltr"
    return _PAGE.format(lang=language, dir=direction, title=title, body=body)
