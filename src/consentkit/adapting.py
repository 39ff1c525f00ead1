"""What the frameworks' adapters say in the same words: where decisions are changed, and what is missing for a view.

An adapter translates these into the idiom of its framework. They are for adapters of your own too.
"""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from urllib.parse import quote

from markupsafe import Markup

from consentkit.consent.state import Consent
from consentkit.errors import UsageError
from consentkit.headers.caching import is_navigation
from consentkit.http import Request
from consentkit.kit import ConsentKit


def preferences_url(kit: ConsentKit, request: Request, language: str | None = None) -> str:
    """Path and query of the page where a visitor changes a decision; it leads back to the request's page.

    Args:
        kit: the site's.
        request: the page's.
        language: BCP 47 tag of the language that the page speaks; without one, it is the visitor's.
    """
    spoken = f"lang={kit.pages.choose(language, None)}&" if language and len(kit.pages.languages) > 1 else ""
    return f"{kit.pages.url(request.root_path, 'preferences')}?{spoken}return={quote(request.target, safe='/')}"


def is_led(request: Request) -> bool:
    """Whether a visitor can be led to the preferences instead of being refused: where a page was asked for."""
    return request.method in {"GET", "HEAD"} and is_navigation(request.headers)


def settings_link(kit: ConsentKit, request: Request, text: str | None = None, language: str | None = None) -> Markup:
    """A link to the preferences, as markup that templates do not escape.

    Args:
        kit: the site's.
        request: the page's.
        text: what the link says; by default what the control on every page says.
        language: BCP 47 tag of the page's language; the policy's by default.
    """
    words = kit.pages.texts_in(kit.pages.choose(language, None)).plain("banner.settings") if text is None else text
    link = Markup('<a href="{}" data-ck="settings" hx-boost="false" data-turbo="false">{}</a>')
    return link.format(preferences_url(kit, request, language), words)


def policy_html(kit: ConsentKit, request: Request, language: str | None = None) -> Markup:
    """The policy's headings and texts, for a page of the site's own, as markup that templates do not escape.

    The page stands at the policy's `policy_path`, and the option ``policy_page=False`` leaves it to the app.

    Args:
        kit: the site's.
        request: the page's.
        language: BCP 47 tag of the page's language; the policy's by default.
    """
    pages = kit.pages
    html = pages.policy_html(request.root_path, inner=True, language=pages.choose(language, None))
    return Markup(html)  # noqa: S704 (escaped there)


def missing(consent: Consent, names: Sequence[str]) -> tuple[str, ...]:
    """Which of these purposes and services the visitor has not granted.

    Args:
        consent: the visitor's.
        names: ids of purposes and services.

    Raises:
        UsageError: if one is not declared, or is asked for at a form: the banner could never grant it.
    """
    policy = consent.policy
    for name in names:
        purpose = policy.purposes_by_id.get(name)
        if purpose is None and name not in policy.services_by_id:
            known = [*policy.purposes_by_id, *policy.services_by_id]
            close = difflib.get_close_matches(name, known, n=1)
            meant = f"did you mean '{close[0]}'?" if close else f"there are {', '.join(known)}"
            raise UsageError(f"the policy declares no purpose or service '{name}': {meant}")
        if purpose is not None and purpose.asked == "form":
            raise UsageError(
                f"the purpose '{name}' is asked for at a form; ask FormConsents whether a person granted it"
            )
    return tuple(name for name in names if not consent.allows(name))


def refusal(kit: ConsentKit, request: Request, names: Sequence[str]) -> str:
    """The sentence for a visitor who asked for what needs a consent that was not given.

    Args:
        kit: the site's.
        request: the visitor's.
        names: what is missing, as `missing` gives it.
    """
    purposes, services = kit.policy.purposes_by_id, kit.policy.services_by_id
    titles = [purposes[name].title if name in purposes else services[name].name for name in names]
    return (
        f"This needs your consent ({', '.join(titles)}), which you have not given. "
        f"You can give it at {preferences_url(kit, request)}"
    )
