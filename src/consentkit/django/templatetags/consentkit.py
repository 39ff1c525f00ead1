"""The template tags.

{% load consentkit %}
{% consent_settings %}                       a link to the preferences; {% consent_settings "Cookies" %}
{% if_consent "analytics" %}…{% else_consent %}…{% endif_consent %}
{% consent_policy %}                         the policy's texts, for a page of the site's own
"""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.utils.safestring import SafeString, mark_safe

from consentkit import adapting
from consentkit.consent.state import Consent
from consentkit.django import requests
from consentkit.django.conf import driver
from consentkit.errors import UsageError
from django import template

register = template.Library()


@register.simple_tag(takes_context=True)
def consent_settings(context: dict[str, Any], text: str | None = None) -> SafeString:
    """A link to the page where the visitor can change the decision."""
    return mark_safe(requests.settings_link(_request(context), text))  # noqa: S308 (escaped there)


@register.simple_tag(takes_context=True)
def consent_policy(context: dict[str, Any]) -> SafeString:
    """The policy's headings and texts, without a page around them."""
    return mark_safe(requests.policy_html(_request(context)))  # noqa: S308 (escaped there)


class IfConsentNode(template.Node):
    """One branch for visitors who granted everything that is named, one for all others."""

    def __init__(self, names: list[Any], granted: template.NodeList, otherwise: template.NodeList) -> None:
        self.names, self.nodelist_true, self.nodelist_false = names, granted, otherwise

    child_nodelists = ("nodelist_true", "nodelist_false")

    def render(self, context: Any) -> str:
        """The branch for this visitor.

        Raises:
            UsageError: if a variable names what the policy does not declare.
        """
        names = [str(name.resolve(context)) for name in self.names]
        missing = adapting.missing(requests.consent_from(_request(context)), names)
        return str((self.nodelist_false if missing else self.nodelist_true).render(context))


@register.tag
def if_consent(parser: template.base.Parser, token: template.base.Token) -> IfConsentNode:
    """``{% if_consent "analytics" %}…{% else_consent %}…{% endif_consent %}``.

    Raises:
        TemplateSyntaxError: if nothing is named, or what the policy does not declare.
    """
    tag, *words = token.split_contents()
    if not words:
        raise template.TemplateSyntaxError(f"{{% {tag} %}} names purposes or services: {{% {tag} 'analytics' %}}")
    literal = [word[1:-1] for word in words if word[0] == word[-1] and word[0] in {'"', "'"}]
    try:
        adapting.missing(Consent(driver().kit.policy), literal)
    except UsageError as error:
        raise template.TemplateSyntaxError(f"{{% {tag} %}}: {error}") from error
    granted = parser.parse(("else_consent", "endif_consent"))
    otherwise = template.NodeList()
    if parser.next_token().contents.strip() == "else_consent":
        otherwise = parser.parse(("endif_consent",))
        parser.delete_first_token()
    return IfConsentNode([parser.compile_filter(word) for word in words], granted, otherwise)


def _request(context: Any) -> HttpRequest:
    request = context.get("request")
    if request is None:
        raise UsageError(
            "this template was rendered without its request: add 'django.template.context_processors.request' to the "
            "context processors, and give the request to render()"
        )
    return request
