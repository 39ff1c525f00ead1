"""System checks: what would leak, break or be useless is said before the first visitor comes.

E001  CONSENTKIT is missing               E006  the middleware is missing
E002  CONSENTKIT is no path and no dict   E007  the middleware is there twice
E003  a key of it is not known            E008  a Content-Security-Policy would be lost
E004  a problem of the policy             E009  a page cache stands on both sides
E005  the kit cannot be made of it        E010  there is no such database
W001  a compressor stands inside          W004  insecure_dev without DEBUG
W002  cookies are set outside             W005  the policy's author may have overlooked something (--deploy)
W003  a page cache outside keeps nothing
"""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Sequence
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning  # noqa: A004 (Django's name)
from django.core.exceptions import ImproperlyConfigured

from consentkit.django.conf import (
    DRIVER_OPTIONS,
    NAME,
    OPTIONS,
    bases,
    configuration,
    driver_options,
    kit_options,
    secret,
)
from consentkit.errors import ConsentKitError, Problem
from consentkit.kit import ConsentKit
from consentkit.policy.load import examine
from consentkit.policy.models import Policy

OURS = "consentkit.django.middleware.ConsentMiddleware"
UPDATE = "django.middleware.cache.UpdateCacheMiddleware"
FETCH = "django.middleware.cache.FetchFromCacheMiddleware"
COMPRESSORS = ("django.middleware.gzip.GZipMiddleware", "compression_middleware.middleware.CompressionMiddleware",
               "django_brotli.middleware.BrotliMiddleware")  # fmt: skip
INSIDE = ("django.contrib.sessions.middleware.SessionMiddleware", "django.middleware.csrf.CsrfViewMiddleware",
          "django.contrib.auth.middleware.AuthenticationMiddleware",
          "django.contrib.messages.middleware.MessageMiddleware", "django.middleware.locale.LocaleMiddleware",
          "django_htmx.middleware.HtmxMiddleware")  # fmt: skip
POLICIES = ("csp.middleware.CSPMiddleware", "django.middleware.csp.ContentSecurityPolicyMiddleware")


def check_setting(**_: Any) -> list[CheckMessage]:
    """What is wrong with the setting and the policy."""
    if getattr(settings, NAME, None) is None:
        hint = f'set it to the path of the policy file: {NAME} = BASE_DIR / "policy.toml"'
        return [Error(f"The setting {NAME} is missing.", hint=hint, id="consentkit.E001")]
    try:
        given = configuration()
    except ImproperlyConfigured as error:
        return [Error(str(error), hint='such as {"policy": BASE_DIR / "policy.toml"}', id="consentkit.E002")]
    return [*_keys(given), *_database(given), *_policy(given), *_insecure(given)]


def check_advice(**_: Any) -> list[CheckMessage]:
    """What the policy's author may have overlooked. For ``check --deploy``: every command would repeat it otherwise."""
    try:
        source = configuration().get("policy")
    except ImproperlyConfigured:
        return []
    found = () if source is None or isinstance(source, Policy) else examine(source).warnings
    return [Warning(_place(problem), hint=problem.mend, id="consentkit.W005") for problem in found]


def check_middleware(**_: Any) -> list[CheckMessage]:
    """Whether the middleware stands where it can do its work."""
    stack = [(path, bases(path)) for path in settings.MIDDLEWARE]
    places = [number for number, (_, names) in enumerate(stack) if OURS in names]
    if not places:
        hint = f"add '{OURS}' after SecurityMiddleware and compressors, before sessions and everything else"
        return [Error("consentkit is not in MIDDLEWARE: nothing is blocked.", hint=hint, id="consentkit.E006")]
    if len(places) > 1:
        hint = "keep the first; each page would be rewritten twice, and ask twice"
        return [Error("consentkit is in MIDDLEWARE more than once.", hint=hint, id="consentkit.E007")]
    return list(_order(stack, places[0]))


def _order(stack: Sequence[tuple[str, frozenset[str]]], ours: int) -> Iterator[CheckMessage]:
    for number, (path, names) in enumerate(stack):
        if number > ours and not names.isdisjoint(COMPRESSORS):
            yield Warning(
                f"{path} stands inside of consentkit, which asks for pages uncompressed: pages will not be compressed.",
                hint=f"move it before '{stack[ours][0]}'",
                id="consentkit.W001",
            )
        if number < ours and not names.isdisjoint(INSIDE):
            yield Warning(
                f"{path} stands outside of consentkit, which does not see what it does to requests and cookies.",
                hint=f"move it after '{stack[ours][0]}'",
                id="consentkit.W002",
            )
        if number < ours and not names.isdisjoint(POLICIES):
            yield Error(
                f"{path} stands outside of consentkit and sets no Content-Security-Policy where one is there already.",
                hint=f"move it after '{stack[ours][0]}': consentkit adds its policy to the site's own",
                id="consentkit.E008",
            )
    update = [number for number, (_, names) in enumerate(stack) if UPDATE in names]
    fetch = [number for number, (_, names) in enumerate(stack) if FETCH in names]
    if update and fetch and update[0] < ours < fetch[-1]:
        yield Error(
            "The page cache keeps pages outside of consentkit and gives them out inside: they are rewritten twice.",
            hint=f"move '{UPDATE}' after '{stack[ours][0]}' too, or (mode = \"shared\") '{FETCH}' before it",
            id="consentkit.E009",
        )
    elif update and update[0] < ours and not _shared():
        yield Warning(
            "The page cache stands outside of consentkit, whose pages differ by visitor: it will keep none of them.",
            hint=f"move '{UPDATE}' and '{FETCH}' after '{stack[ours][0]}'",
            id="consentkit.W003",
        )


def _keys(given: dict[str, Any]) -> Iterator[CheckMessage]:
    for key in given:
        if key not in OPTIONS:
            close = difflib.get_close_matches(str(key), OPTIONS, n=1)
            hint = f"did you mean '{close[0]}'?" if close else f"there are {', '.join(OPTIONS)}"
            yield Error(f"{NAME} has no key '{key}'.", hint=hint, id="consentkit.E003")


def _database(given: dict[str, Any]) -> Iterator[CheckMessage]:
    alias = given.get("database")
    if alias is not None and alias not in settings.DATABASES:
        hint = f"there are {', '.join(settings.DATABASES)}"
        yield Error(f"{NAME}: there is no database '{alias}' for the records.", hint=hint, id="consentkit.E010")


def _policy(given: dict[str, Any]) -> Iterator[CheckMessage]:
    kit, source = given.get("kit"), given.get("policy")
    if kit is not None and not isinstance(kit, ConsentKit):
        yield Error(f"{NAME}: 'kit' is no ConsentKit.", hint='name the file by "policy"', id="consentkit.E002")
        return
    if kit is not None:
        if besides := sorted(set(given) - {"kit", "records", "database", "mail", *DRIVER_OPTIONS}):
            message = f"{NAME}: a kit has its policy and secret already, and {', '.join(besides)} besides says nothing."
            yield Error(message, hint="leave either out", id="consentkit.E005")
        return
    if source is None:
        yield Error(f"{NAME} names no policy.", hint='add "policy": BASE_DIR / "policy.toml"', id="consentkit.E002")
        return
    policy = source
    if not isinstance(source, Policy):
        found = examine(source)
        yield from (Error(_place(problem), hint=problem.mend, id="consentkit.E004") for problem in found.problems)
        policy = found.policy
    if policy is None:
        return
    try:
        ConsentKit(policy, secret=secret(given), **kit_options(given))
        driver_options(given)
    except (ConsentKitError, ImportError) as error:
        hint = f"see what {NAME} may hold: consentkit.django.conf"
        yield Error(f"{NAME}: {error}", hint=hint, id="consentkit.E005")


def _insecure(given: dict[str, Any]) -> Iterator[CheckMessage]:
    kit = given.get("kit")
    if (kit.insecure_dev if isinstance(kit, ConsentKit) else given.get("insecure_dev")) and not settings.DEBUG:
        yield Warning(
            f"{NAME} has insecure_dev although DEBUG is off: the consent cookie travels without Secure.",
            hint='write "insecure_dev": DEBUG',
            id="consentkit.W004",
        )


def _shared() -> bool:
    try:
        given = configuration()
    except ImproperlyConfigured:
        return False
    kit, source = given.get("kit"), given.get("policy")
    if isinstance(kit, ConsentKit):
        return kit.policy.mode == "shared"
    policy = source if isinstance(source, Policy) or source is None else examine(source).policy
    return policy is not None and policy.mode == "shared"


def _place(problem: Problem) -> str:
    place = problem.where if problem.line is None else f"{problem.where}:{problem.line}"
    return f"{place}: {problem.key}: {problem.what}"
