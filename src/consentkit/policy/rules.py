"""Rules that hold between the values of a policy. Pure: declared values in, findings out.

A rule about one value alone stands beside it in `models`. These functions take the parts apart,
with their positions, so that `load` can apply them to the sound parts of a policy with unsound
ones, and report everything at once.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

from publicsuffixlist import PublicSuffixList

from consentkit.policy import regimes
from consentkit.policy.findings import Finding, Path

if TYPE_CHECKING:
    from consentkit.policy.models import Cookie, Email, Minors, Purpose, RegimeSettings, Section, Service

UNKNOWN_PURPOSE = "unknown"  # the purpose that `unknown = "ask"` adds for third parties nobody declared
EXEMPT_MARK = "exempt"  # `data-consent="exempt"` in a template is no purpose
RESERVED = {
    UNKNOWN_PURPOSE: 'the purpose that `unknown = "ask"` adds',
    EXEMPT_MARK: 'the mark data-consent="exempt" of templates',
}

# CNIL, deliberation of 4 July 2025: trackers under the audience exemption live 13 months at most (R26);
# thirteen of our months, so that the sentence "13 months" is within it.
FR_AUDIENCE_SECONDS = 13 * 2_629_800
FR_AUDIENCE_DATA_MONTHS = 25  # for which what was measured may be kept, by the same deliberation
DAYS = {"day": 1.0, "week": 7.0, "month": 365.25 / 12, "year": 365.25}  # a duration's units, for comparing


def purpose_rules(purpose: Purpose) -> Iterator[Finding]:
    """What must hold within one purpose (R3, R24, R26)."""
    if purpose.exemption and not purpose.justification:
        yield Finding(
            ("exemption",),
            f"purpose '{purpose.id}' is exempt from consent without saying why (ePrivacy Directive, art. 5(3))",
            "add `justification` with the reason in words, or remove `exemption`",
        )
    if purpose.exemption and purpose.legal_basis == "consent":
        yield Finding(
            ("exemption",),
            f"purpose '{purpose.id}' is never asked for, and its legal basis is consent",
            'name the basis it does rest on, such as legal_basis = "legitimate_interests", or remove `exemption`',
        )
    if purpose.exemption and purpose.asked == "form":
        yield Finding(
            ("asked",),
            f"purpose '{purpose.id}' is exempt, so no form asks for it",
            "remove `asked`, or remove `exemption`",
        )
    if purpose.exemption == "fr_audience":
        yield from _audience_rules(purpose)
    if purpose.exception and purpose.opt_out:
        yield Finding(
            ("exception",),
            f"purpose '{purpose.id}' is for {', '.join(purpose.opt_out)}, and no exception is (PECR, Schedule A1)",
            "remove `exception`, or write opt_out = [] if it is for none of these",
        )
    if purpose.exception and (purpose.exemption or purpose.asked == "form"):
        yield Finding(
            ("exception",),
            f"purpose '{purpose.id}' is not asked for in a banner anyway",
            "remove `exception`",
        )
    if not purpose.exemption and purpose.legal_basis != "consent" and purpose.asked == "banner":
        yield Finding(
            ("legal_basis",),
            f"purpose '{purpose.id}' rests on {purpose.legal_basis} and has no `exemption`; using the visitor's "
            "device needs consent or one of the exemptions (ePrivacy Directive, art. 5(3))",
            'remove `legal_basis`, add `exemption`, or write asked = "form" if it uses nothing on the device',
        )


def _audience_rules(purpose: Purpose) -> Iterator[Finding]:
    """The conditions of France's exemption for audience measurement that a policy can be held to (R26)."""
    if purpose.opt_out:
        yield Finding(
            ("opt_out",),
            f"purpose '{purpose.id}' is for {', '.join(purpose.opt_out)}, and the exemption (fr_audience) is for the "
            "site's own measurement alone",
            "write opt_out = [] if it is for none of these, or ask for consent",
        )
    months = _months(purpose.retention)
    if months is None or months > FR_AUDIENCE_DATA_MONTHS:
        kept = f"'{purpose.retention}'" if purpose.retention else "an unknown time"
        yield Finding(
            ("retention",),
            f"the data of purpose '{purpose.id}' are kept for {kept}, and its exemption (fr_audience) ends at "
            f"{FR_AUDIENCE_DATA_MONTHS} months",
            'write retention = "25 months" or less, as a number and a unit, or ask for consent',
        )
    if purpose.assessment is None:
        yield Finding(
            ("assessment",),
            f"nothing says where it is documented that purpose '{purpose.id}' meets the conditions of its exemption "
            "(fr_audience)",
            'add a line such as: assessment = "https://www.example.com/audience-assessment"',
        )


def _months(duration: str | None) -> float | None:
    number, _, unit = (duration or "").partition(" ")
    length = DAYS.get(unit.removesuffix("s"))
    return int(number) * length / DAYS["month"] if length and number.isascii() and number.isdigit() else None


def retention_rules(records: int, reprompt_after: int) -> Iterator[Finding]:
    """A consent needs its proof as long as it lasts (R180, R189).

    Args:
        records: how long proofs are kept, seconds.
        reprompt_after: how long a decision lasts, days.
    """
    if records < reprompt_after * 86_400:
        yield Finding(
            ("retention", "records"),
            f"the proofs are deleted while the decisions still hold ({reprompt_after} days; GDPR art. 7(1))",
            'keep them longer, such as records = "5 years"',
        )


def regime_rules(settings: RegimeSettings | None, *, shared: bool) -> Iterator[Finding]:
    """What must hold within `[regimes]` (R20, R35, R46).

    Args:
        settings: the table.
        shared: whether every visitor gets the same bytes.
    """
    if settings is None:
        return
    named: list[tuple[Path, str]] = [(("use", index), name) for index, name in enumerate(settings.use)]
    named += [(("default",), settings.default)]
    named += [(("places", index, "regime"), place.regime) for index, place in enumerate(settings.places)]
    for path, name in named:
        if name not in regimes.by_id():
            yield Finding(
                ("regimes", *path),
                f"there is no regime '{name}'",
                f"write one of {', '.join(sorted(regimes.by_id()))}",
            )
    twice = [code for code, times in Counter(place.code for place in settings.places).items() if times > 1]
    if twice:
        yield Finding(("regimes", "places"), f"{', '.join(twice)} is there twice", "name each place once")
    fields = (settings.country_header, settings.region_header)
    if settings.place == "headers" and settings.country_header is None:
        yield Finding(
            ("regimes", "place"),
            "nothing says which field tells the country",
            'add a line such as: country_header = "X-Geo-Country"',
        )
    elif settings.place != "headers" and fields != (None, None):
        yield Finding(
            ("regimes", "place"),
            f'the fields named here are not read with place = "{settings.place}"',
            'write place = "headers", or remove country_header and region_header',
        )
    if shared:
        yield Finding(
            ("regimes",),
            'with mode = "shared" every visitor gets the same page, wherever they are',
            'remove the table [regimes] (everybody is asked first then), or write mode = "per-visitor"',
        )


def minor_rules(minors: Minors | None, *, shared: bool) -> Iterator[Finding]:
    """Where every visitor gets the same bytes, a page offers everybody to load an embed: minors too (R56).

    Args:
        minors: the table.
        shared: whether every visitor gets the same bytes.
    """
    if shared and minors is not None and (minors.mode != "statement" or minors.audience != "general"):
        yield Finding(
            ("minors", "mode" if minors.mode != "statement" else "audience"),
            'with mode = "shared" pages cannot tell minors from others',
            'write mode = "per-visitor" at the top level, or leave it to the statement',
        )


def dnt_rules(dnt: str, *, said: bool) -> Iterator[Finding]:
    """What the site does about Do Not Track, it says (R53).

    Args:
        dnt: the policy's `dnt`.
        said: whether the policy has a `dnt_response` of its own.
    """
    if dnt == "deny" and not said:
        yield Finding(
            ("dnt",),
            "the policy page would say that the Do Not Track field is not acted on",
            'add above the first [table] a line such as: dnt_response = "A Do Not Track field counts as a refusal."',
        )


def recipient_rules(recipients: Sequence[Sequence[str]], purposes: Sequence[Purpose]) -> Iterator[Finding]:
    """Who gets the data of a purpose, gets those of one that is declared.

    Args:
        recipients: for each the ids of its purposes.
        purposes: those that are declared.
    """
    declared = {purpose.id for purpose in purposes}
    for index, names in enumerate(recipients):
        for place, name in enumerate(names):
            if name not in declared:
                yield Finding(
                    ("recipients", index, "purposes", place),
                    f"the purpose '{name}' is not declared",
                    f"declare it under [[purposes]], or write one of {', '.join(sorted(declared))}",
                )


def site_rules(sites: Sequence[str]) -> Iterator[Finding]:
    """A site is one site: a public suffix would make strangers first party."""
    for index, site in enumerate(sites):
        if _suffixes().is_public(site):
            yield Finding(
                ("sites", index),
                f"'{site}' is a suffix that everybody registers names under, so all of them would be first party",
                f'write the host of the site alone, such as "www.example.{site.split(".")[-1]}"',
            )


def share_rules(domain: str | None, sites: Sequence[str]) -> Iterator[Finding]:
    """A decision is shared below a site, or below a domain that the owner's sites are below."""
    if domain is None:
        return
    shared = "." in domain and not _suffixes().is_public(domain)
    if not shared or not any(site == domain or site.endswith(f".{domain}") for site in sites):
        yield Finding(
            ("share_across_subdomains",),
            f"'{domain}' is neither a site of this policy nor a domain of the owner's above one",
            f'write a site, such as "{sites[0]}", or the domain that the sites are below',
        )


@lru_cache(maxsize=1)
def _suffixes() -> PublicSuffixList:
    # A name that is in no list ("localhost", an intranet's) is no public suffix; nor is a hosting
    # company's own name, which that company may well declare.
    return PublicSuffixList(accept_unknown=False, only_icann=True)


def reference_rules(
    *,
    purposes: Mapping[int, Purpose],
    services: Mapping[int, Service],
    cookies: Mapping[int, Cookie],
    sections: Mapping[int, Section],
    email: Email | None,
    declared: Collection[str],
) -> Iterator[Finding]:
    """What must hold between purposes, services, cookies and mail.

    Args:
        purposes: the sound ones by position.
        services: likewise.
        cookies: the site's own, likewise.
        sections: likewise.
        email: what is said of mail.
        declared: ids of all purposes, of unsound ones too: naming one of them is no second mistake.
    """
    yield from _ids("purposes", purposes)
    yield from _ids("services", services)
    yield from _ids("sections", sections)
    by_id = {purpose.id: purpose for purpose in purposes.values()}
    for index, purpose in purposes.items():
        if purpose.id in RESERVED:
            yield Finding(
                ("purposes", index, "id"),
                f"the id '{purpose.id}' is reserved: it means {RESERVED[purpose.id]}",
                "give the purpose another id",
            )
    for index, service in services.items():
        path: Path = ("services", index)
        if service.id in declared or service.id in RESERVED:
            owner = "reserved" if service.id in RESERVED else "also a purpose's"
            yield Finding(
                (*path, "id"),
                f"the id '{service.id}' is {owner}",
                "give the service another id: decisions name purposes and services alike",
            )
        yield from _service_rules(path, service, by_id, declared)
    for index, cookie in cookies.items():
        yield from _cookie_rules(("cookies", index), cookie, cookie.purpose or "", by_id, declared)
    if email:
        yield from _email_rules(email, by_id, declared)


def _ids(
    table: str, entries: Mapping[int, Purpose] | Mapping[int, Service] | Mapping[int, Section]
) -> Iterator[Finding]:
    times = Counter(entry.id for entry in entries.values())
    seen = set[str]()
    for index, entry in entries.items():
        if times[entry.id] > 1 and entry.id in seen:
            yield Finding(
                (table, index, "id"),
                f"the id '{entry.id}' is used twice",
                f"give each table of [[{table}]] its own id, or remove this one",
            )
        seen.add(entry.id)


def _service_rules(
    path: Path, service: Service, by_id: Mapping[str, Purpose], declared: Collection[str]
) -> Iterator[Finding]:
    for wanted in dict.fromkeys(service.purposes):
        if wanted not in declared:
            yield Finding(
                (*path, "purposes"),
                f"service '{service.id}' serves the purpose '{wanted}', which is not declared",
                f'declare it (a table [[purposes]] with id = "{wanted}"){_instead(by_id)}',
            )
        elif wanted in by_id and by_id[wanted].asked == "form":
            yield Finding(
                (*path, "purposes"),
                f"the purpose '{wanted}' is asked at a form alone, so service '{service.id}' could never be loaded",
                'give the service a purpose that the banner asks for, or write asked = "banner" at the purpose',
            )
    for index, cookie in enumerate(service.cookies):
        for purpose in (cookie.purpose,) if cookie.purpose else service.purposes:
            if cookie.purpose or purpose in declared:  # an undeclared purpose of the service is told once, above
                yield from _cookie_rules((*path, "cookies", index), cookie, purpose, by_id, declared)


def _cookie_rules(
    path: Path, cookie: Cookie, purpose: str, by_id: Mapping[str, Purpose], declared: Collection[str]
) -> Iterator[Finding]:
    if purpose not in declared:
        yield Finding(
            (*path, "purpose"),
            f"cookie '{cookie.name}' serves the purpose '{purpose}', which is not declared",
            f'declare it (a table [[purposes]] with id = "{purpose}"), or write purpose = {_one_of(by_id)}',
        )
        return
    if purpose not in by_id:
        return
    if by_id[purpose].asked == "form" and cookie.purpose:
        yield Finding(
            (*path, "purpose"),
            f"the purpose '{purpose}' is asked at a form alone, so cookie '{cookie.name}' could never be set",
            'give the cookie a purpose that the banner asks for, or write asked = "banner" at the purpose',
        )
    if by_id[purpose].exemption == "fr_audience":
        if cookie.max_age is not None and cookie.max_age > FR_AUDIENCE_SECONDS:
            yield Finding(
                (*path, "lifetime"),
                f"cookie '{cookie.name}' lives {cookie.lifetime}, and the exemption of purpose '{purpose}' "
                "(fr_audience) ends at 13 months",
                'write lifetime = "13 months" or less and set the cookie so, or ask for consent',
            )
        if cookie.third_party:
            yield Finding(
                (*path, "third_party"),
                f"cookie '{cookie.name}' is read by somebody else, and the exemption of purpose '{purpose}' "
                "(fr_audience) is for the site's own measurement alone",
                "write third_party = false if nobody else reads it, or ask for consent",
            )


def _email_rules(email: Email, by_id: Mapping[str, Purpose], declared: Collection[str]) -> Iterator[Finding]:
    if email.tracking == "individual" and email.purpose is None:
        yield Finding(
            ("email", "tracking"),
            "individual tracking of mail needs a consent of its own, and `purpose` does not name it",
            'add a line such as: purpose = "newsletter-tracking", and that purpose with asked = "form"',
        )
    if email.purpose and email.purpose not in declared:
        yield Finding(
            ("email", "purpose"),
            f"the purpose '{email.purpose}' is not declared",
            f'declare it (a table [[purposes]] with id = "{email.purpose}" and asked = "form")',
        )
    elif email.tracking == "individual" and email.purpose and (purpose := by_id.get(email.purpose)) and purpose.exempt:
        yield Finding(
            ("email", "purpose"),
            f"the purpose '{email.purpose}' is exempt, and individual tracking of mail needs consent",
            "name a purpose without `exemption`",
        )


def _instead(by_id: Mapping[str, Purpose]) -> str:
    """What could be written at a service in place of a purpose; never one that nobody is asked for."""
    able = sorted(purpose.id for purpose in by_id.values() if purpose.asked == "banner" and not purpose.exempt)
    return ", or write at the service purposes = " + " or ".join(f'["{name}"]' for name in able) if able else ""


def _one_of(by_id: Mapping[str, Purpose]) -> str:
    """The purposes that a cookie of the site can serve, as a value in the file."""
    able = sorted(purpose.id for purpose in by_id.values() if purpose.asked == "banner")
    return " or ".join(f'"{name}"' for name in able) or '"…"'
