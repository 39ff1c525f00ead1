"""What a sound policy says that its author hardly means, or leaves out though the law asks for it. Warnings only."""

from __future__ import annotations

from collections.abc import Iterator

from consentkit.policy.catalogue import consent_managers, default_purposes
from consentkit.policy.findings import Finding
from consentkit.policy.models import Policy
from consentkit.policy.regimes import STRICTEST
from consentkit.policy.translate import ABOVE_TABLES

# The European Economic Area: data that stay here need no safeguard for a transfer (GDPR ch. V; R24).
EEA = frozenset({"AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GR", "HR", "HU", "IE", "IS", "IT",
                 "LI", "LT", "LU", "LV", "MT", "NL", "NO", "PL", "PT", "RO", "SE", "SI", "SK"})  # fmt: skip

READY_LANGUAGE = "en"  # of the texts that the purposes of data/purposes.toml bring

# Cookie names whose attributes the browser itself enforces (R117).
PREFIXES = ("__Host-", "__Secure-", "__Http-", "__Host-Http-")


def advice(policy: Policy) -> Iterator[Finding]:
    """The warnings, in no particular order; their paths are keys of the policy."""
    yield from _services(policy)
    yield from _purposes(policy)
    yield from _texts(policy)
    yield from _settings(policy)
    yield from _regimes(policy)


def _services(policy: Policy) -> Iterator[Finding]:
    purposes = policy.purposes_by_id
    for index, service in enumerate(policy.services):
        if all(purposes[name].exempt for name in service.purposes):
            yield Finding(
                ("services", index),
                f"service '{service.id}' is never blocked: its purposes are exempt ({', '.join(service.purposes)})",
                "give it a purpose that asks for consent, unless the page is useless without it",
            )
        if service.hint:
            yield Finding(("services", index), f"there is a hint for service '{service.id}'", _clause(service.hint))
        if not (service.hosts or service.inline):
            yield Finding(
                ("services", index),
                f"nothing but data-consent-service in a template tells service '{service.id}'",
                'add a line such as: hosts = ["maps.example"]',
            )
        if not service.privacy_url:
            yield Finding(
                ("services", index),
                f"visitors cannot read what '{service.id}' does with their data",
                'add a line such as: privacy_url = "https://maps.example/privacy"',
            )
    abroad = {s.id: s.country for s in policy.services if s.country and s.country not in EEA and not s.transfers}
    if abroad:
        named = ", ".join(f"{name} ({country})" for name, country in abroad.items())
        country = next(iter(abroad.values()))
        yield Finding(
            ("services",),
            f"data go outside the EEA, and nothing says what protects them there (GDPR art. 13): {named}",
            f"at each, {_transfer(country)}",
        )
    for index, recipient in enumerate(policy.recipients):
        if recipient.country and recipient.country not in EEA and not recipient.transfers:
            yield Finding(
                ("recipients", index),
                f"'{recipient.name}' has data in {recipient.country}, and nothing says what protects them there",
                _transfer(recipient.country),
            )


def _purposes(policy: Policy) -> Iterator[Finding]:
    used = {name for service in policy.services for name in service.purposes}
    used |= {cookie.purpose for service in policy.services for cookie in service.cookies if cookie.purpose}
    used |= {cookie.purpose for cookie in policy.cookies}
    for index, purpose in enumerate(policy.purposes):
        if purpose.id not in used and purpose.asked == "banner" and not purpose.exempt:
            yield Finding(
                ("purposes", index),
                f"the banner asks for purpose '{purpose.id}', and no service or cookie uses it",
                'remove it, name it in a service or a cookie, or write asked = "form"',
            )


def _texts(policy: Policy) -> Iterator[Finding]:
    if policy.language.partition("-")[0].lower() != READY_LANGUAGE:
        yield from _foreign_texts(policy)
    if policy.minors is None:
        yield Finding(
            ("minors",), "nothing is said of the young (GDPR art. 8)", "add a table [minors] with age and text"
        )
    if policy.policy_path is None:
        yield Finding(
            ("policy_path",),
            f"the policy page is served at {policy.prefix}/policy alone",
            f'{ABOVE_TABLES} a line such as: policy_path = "/privacy"',
        )
    if policy.changes and policy.version not in {change.version for change in policy.changes}:
        yield Finding(
            ("changes",),
            f"the change log does not mention version '{policy.version}'",
            f'add a table [[changes]] with version = "{policy.version}", date and summary',
        )


def _foreign_texts(policy: Policy) -> Iterator[Finding]:
    """Ready texts among those of a policy in another language, which pages would take for that language."""
    ready = {purpose.id: purpose for purpose in default_purposes()}
    says = f"the policy says language = '{policy.language}'"
    for index, purpose in enumerate(policy.purposes):
        known = ready.get(purpose.id)
        keys = [key for key in ("title", "summary", "text") if known and getattr(purpose, key) == getattr(known, key)]
        if keys:
            yield Finding(
                ("purposes", index),
                f"the ready texts of purpose '{purpose.id}' are English, and {says}",
                f"write its {', '.join(keys)} in that language, in a table [[purposes]]",
            )
    if policy.dnt_response == Policy.model_fields["dnt_response"].default:
        yield Finding(
            ("dnt_response",),
            f"what is said of the Do Not Track field is English, and {says}",
            f'{ABOVE_TABLES} a line that says it in that language: dnt_response = "…"',
        )


def _settings(policy: Policy) -> Iterator[Finding]:
    if policy.unknown == "allow":
        yield Finding(
            ("unknown",),
            "third parties that no service covers are contacted without consent",
            'write unknown = "block" or "ask" as soon as the services are declared',
        )
    if policy.csp != "enforce":
        yield Finding(
            ("csp",),
            "scripts that are allowed can load others that are not",
            'write csp = "enforce": the browser then stops them',
        )
    if policy.on_unreadable == "pass":
        yield Finding(
            ("on_unreadable",),
            "HTML that cannot be read is sent with all its third parties",
            'write on_unreadable = "block" or "csp"',
        )
    if not policy.cookie_name.startswith(PREFIXES):
        yield Finding(
            ("cookie_name",),
            "without a prefix such as __Host- other hosts of the domain can overwrite the decision",
            f'write cookie_name = "__Host-{policy.cookie_name}"',
        )


def _regimes(policy: Policy) -> Iterator[Finding]:
    for index, purpose in enumerate(policy.purposes):
        if purpose.exemption == "fr_audience":
            yield Finding(
                ("purposes", index, "exemption"),
                f"purpose '{purpose.id}' is asked of nobody, and its exemption (fr_audience) is France's alone",
                "ask for consent if the site is for visitors of other countries too",
            )
        if policy.regimes and purpose.opt_out is None and purpose.asked == "banner" and not purpose.exempt:
            yield Finding(
                ("purposes", index),
                f"purpose '{purpose.id}' does not say what an opt-out ends of it, so every regime asks for it",
                'add a line such as: opt_out = [], or opt_out = ["sale", "share"]',
            )
    if policy.regimes and policy.regimes.default != STRICTEST:
        yield Finding(
            ("regimes", "default"),
            f"visitors from nowhere known are met as '{policy.regimes.default}' asks, though another law may be theirs",
            'write default = "opt-in", or remove it',
        )
    if policy.regimes and policy.regimes.use and policy.regimes.place == "none":
        yield Finding(
            ("regimes", "place"),
            "no field tells where visitors are, so the regimes apply only where the app's `place` tells it",
            'name your infrastructure, such as place = "cloudflare", or give the middleware `place`',
        )
    for index, service in enumerate(policy.services):
        if service.id in consent_managers():
            yield Finding(
                ("services", index),
                f"'{service.id}' is a consent manager too: visitors are asked twice, and each of the two believes "
                "that it decides",
                "take one of the two off the site",
            )


def _transfer(country: str) -> str:
    return f'add a line such as: transfers = [{{ country = "{country}", safeguard = "adequacy decision" }}]'


def _clause(text: str) -> str:
    return " ".join(text.split()).rstrip(".")
