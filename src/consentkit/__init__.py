"""A page talks to nobody before its visitor has said yes.

The names most programs need, each loaded when it is first used (PEP 562): importing one driver
does not import what it does not run. The rest is in the modules, of which each has one subject.

    ConsentKit, Exchange          the core: build it once from a policy, open one exchange a request
    Policy                        what the site's owner declares; `Policy.load(path)`
    Consent, Record               what a visitor decided, and the proof of it
    rewrite_html, rewrite_report  one page, without any server
    ConsentKitError, …            everything that is raised on purpose
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from consentkit.consent.record import Record
    from consentkit.consent.state import Consent
    from consentkit.errors import ConsentKitError, PolicyError, StoreError, UsageError
    from consentkit.kit import ConsentKit, Exchange
    from consentkit.policy.models import Policy
    from consentkit.rewrite import rewrite_html, rewrite_report

__version__ = "0.1.0"

__all__ = [
    "Consent",
    "ConsentKit",
    "ConsentKitError",
    "Exchange",
    "Policy",
    "PolicyError",
    "Record",
    "StoreError",
    "UsageError",
    "rewrite_html",
    "rewrite_report",
]

_HOMES = {
    "Consent": "consentkit.consent.state",
    "ConsentKit": "consentkit.kit",
    "ConsentKitError": "consentkit.errors",
    "Exchange": "consentkit.kit",
    "Policy": "consentkit.policy.models",
    "PolicyError": "consentkit.errors",
    "Record": "consentkit.consent.record",
    "StoreError": "consentkit.errors",
    "UsageError": "consentkit.errors",
    "rewrite_html": "consentkit.rewrite",
    "rewrite_report": "consentkit.rewrite",
}


def __getattr__(name: str) -> object:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module 'consentkit' has no attribute '{name}'")
    value: object = getattr(import_module(home), name)
    globals()[name] = value  # the next look-up does not come here
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
