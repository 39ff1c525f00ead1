"""The setting `CONSENTKIT`: what it may hold, and the kit and store that are made from it.

It is the path of the policy file, or a dict:

- ``policy``: the path, or the policy's tables as a dict;
- ``records``: a store, or the path of an SQLite file; by default the records are kept in the site's database;
- ``database``: the alias of that database; by default the one Django's routers name;
- ``secret``, ``secret_fallbacks``: by default `SECRET_KEY` and `SECRET_KEY_FALLBACKS`;
- ``kit``: a `ConsentKit` of your own, instead of the policy and the rest; Django's cookies are then yours to exempt;
- ``insecure_dev``, ``exempt_cookies``, ``readable_cookies``, ``policy_page``, ``past_versions``, ``mail_events``,
  ``templates``, ``texts``: as `ConsentKit` takes them;
- ``mail``: a dict for `consentkit.django.mail`: ``backend``, ``subject``, ``base_url``;
- ``archive``, ``trusted_proxies``, ``place``, ``minor``, ``signal``, ``on_opt_out``: as the driver takes them; what is
  called can be named by its dotted path.

Everything is made once in a process, and anew when a setting changes (`override_settings`).
"""

from __future__ import annotations

import os
import threading
from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.signals import setting_changed
from django.utils.module_loading import import_string

from consentkit.driver import Driver
from consentkit.errors import ConsentKitError

NAME = "CONSENTKIT"
KIT_OPTIONS = (
    "insecure_dev",
    "exempt_cookies",
    "readable_cookies",
    "policy_page",
    "past_versions",
    "mail_events",
    "templates",
    "texts",
)
CALLED = ("place", "minor", "signal", "on_opt_out")
DRIVER_OPTIONS = ("archive", "trusted_proxies", *CALLED)
OPTIONS = (
    "policy", "records", "database", "kit", "secret", "secret_fallbacks", "mail", *KIT_OPTIONS, *DRIVER_OPTIONS,
)  # fmt: skip
# Settings of Django that the kit is made from.
WATCHED = frozenset({
    NAME, "SECRET_KEY", "SECRET_KEY_FALLBACKS", "SESSION_COOKIE_NAME", "CSRF_COOKIE_NAME", "CSRF_COOKIE_HTTPONLY",
    "LANGUAGE_COOKIE_NAME",
})  # fmt: skip
MESSAGES_COOKIE = "messages"  # of django.contrib.messages.storage.cookie

_lock = threading.Lock()
_made: Driver | None = None


def configuration() -> dict[str, Any]:
    """The setting as a dict.

    Raises:
        ImproperlyConfigured: if it is missing or is neither a path nor a dict.
    """
    value = getattr(settings, NAME, None)
    if value is None:
        raise ImproperlyConfigured(f"{NAME} is missing: set it to the path of the policy file")
    if isinstance(value, str | os.PathLike):
        return {"policy": value}
    if isinstance(value, Mapping):
        return dict(value)
    raise ImproperlyConfigured(f"{NAME} is the path of the policy file, or a dict; this is {type(value).__name__}")


def kit_options(given: Mapping[str, Any]) -> dict[str, Any]:
    """What `ConsentKit` is given besides policy and secret."""
    options = {key: given[key] for key in KIT_OPTIONS if key in given}
    if isinstance(options.get("mail_events"), str):
        options["mail_events"] = import_string(options["mail_events"])
    exempt = (settings.SESSION_COOKIE_NAME, settings.CSRF_COOKIE_NAME, settings.LANGUAGE_COOKIE_NAME, MESSAGES_COOKIE)
    options["exempt_cookies"] = (*exempt, *options.get("exempt_cookies", ()))
    if not settings.CSRF_COOKIE_HTTPONLY:
        options["readable_cookies"] = (settings.CSRF_COOKIE_NAME, *options.get("readable_cookies", ()))
    options["secret_fallbacks"] = given.get("secret_fallbacks", () if "secret" in given else _fallbacks())
    return options


def driver_options(given: Mapping[str, Any]) -> dict[str, Any]:
    """What the driver is given besides the kit.

    Raises:
        ImportError: if a dotted path leads to nothing.
    """
    options = {key: given[key] for key in DRIVER_OPTIONS if key in given}
    return {key: import_string(value) if key in CALLED and isinstance(value, str) else value
            for key, value in options.items()}  # fmt: skip


def secret(given: Mapping[str, Any]) -> str | bytes:
    """What signs the consent cookie."""
    value: str | bytes = given.get("secret", settings.SECRET_KEY)
    return value


def driver() -> Driver:
    """The kit and the store of this process.

    Raises:
        ImproperlyConfigured: with every problem, if they cannot be made.
    """
    global _made  # noqa: PLW0603 (made once in a process, as settings are)
    made = _made
    if made is None:
        with _lock:
            made = _made
            if made is None:
                made = _made = _make()
    return made


def bases(path: str) -> frozenset[str]:
    """The dotted names of a middleware and, if it is a class, of those it is made from."""
    try:
        found = import_string(path)
    except ImportError:  # Django says so itself
        return frozenset({path})
    names = [f"{base.__module__}.{base.__qualname__}" for base in getattr(found, "__mro__", ())]
    return frozenset({path, *names})


def _make() -> Driver:
    given = configuration()
    try:
        if (kit := given.get("kit")) is not None:
            options = {key: given[key] for key in (*KIT_OPTIONS, "secret_fallbacks") if key in given}
            return Driver(
                kit, given.get("policy"), given.get("secret"), _records(given), options | driver_options(given)
            )
        options = kit_options(given) | driver_options(given)
        return Driver(None, given.get("policy"), secret(given), _records(given), options)
    except (ConsentKitError, ImportError) as error:
        raise ImproperlyConfigured(f"{NAME}: {error}") from error


def _records(given: Mapping[str, Any]) -> Any:
    if given.get("records") is not None:
        return given["records"]
    from consentkit.django.store import DjangoStore  # noqa: PLC0415 (models can be imported once the apps are ready)

    return DjangoStore(given.get("database"))


def _fallbacks() -> tuple[str | bytes, ...]:
    return tuple(settings.SECRET_KEY_FALLBACKS)


def _changed(*, setting: str, **_: Any) -> None:
    global _made  # noqa: PLW0603
    if setting in WATCHED:
        with _lock:
            _made = None


setting_changed.connect(_changed, dispatch_uid="consentkit.django.conf")
