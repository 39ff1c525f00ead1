"""`Head`: our style sheet and scripts, in the head of the app's pages and of our own."""

from __future__ import annotations

import json
from collections.abc import Mapping
from types import MappingProxyType

from markupsafe import Markup, escape

from consentkit.consent.state import Consent
from consentkit.pages.addresses import Addresses
from consentkit.pages.assets import Asset, inline_script, load_assets
from consentkit.pages.kept import Kept
from consentkit.pages.signals import Signals
from consentkit.policy.models import Policy

NONCE = "\ue000nonce\ue001"  # stands for the page's nonce in a kept head: private use, in no text or path


class Head:
    """The head's markup of one policy.

    Args:
        policy: the policy in force.
        addresses: of our assets.
        cookie_name: of the consent cookie.
        kept: where what was rendered is kept.

    Attributes:
        signals: what the scripts of vendors are told.
        assets: by hashed file name.
    """

    def __init__(self, policy: Policy, addresses: Addresses, cookie_name: str, kept: Kept) -> None:
        self._policy, self._addresses, self._cookie_name, self._kept = policy, addresses, cookie_name, kept
        self._assets = load_assets()
        self.assets: Mapping[str, Asset] = MappingProxyType({asset.name: asset for asset in self._assets.values()})
        self.signals = Signals(policy)
        self._inline = inline_script() if self.signals or policy.mode == "shared" else None

    def markup(
        self,
        consent: Consent,
        root_path: str,
        nonce: str | None = None,
        *,
        method: str = "GET",
        in_place: bool = True,
    ) -> str:
        """For the start of the head: our style sheet and script.

        Args:
            consent: the visitor's state.
            root_path: where the app is mounted.
            nonce: of the page's own Content-Security-Policy, if it has one.
            method: of the page's request: a page that answers a POST is never loaded anew by the script.
            in_place: whether scripts of this page may be started in place, as far as `effect` says so.
        """
        safe = method in {"GET", "HEAD"}
        in_place = in_place and self.effect == "activate"
        stands = None if nonce is None else NONCE
        kept = self._kept.once(
            ("head", root_path, consent.state_hash, safe, in_place, stands),
            lambda: self._made(consent, root_path, stands, safe=safe, in_place=in_place),
        )
        return kept if nonce is None else kept.replace(NONCE, escape(nonce))  # of this page alone

    def _made(self, consent: Consent, root_path: str, nonce: str | None, *, safe: bool, in_place: bool) -> str:
        wishes = Markup("").join(
            Markup('<meta name="{}" content="{}">').format(*wish.partition("=")[::2])
            for service in self._policy.services
            if self._policy.friendlier and service.friendlier_meta and consent.allows_service(service.id)
            for wish in service.friendlier_meta
        )
        # The early one comes first: a script behind a style sheet waits for it, and tags have to find their signals.
        out = self._early(consent, nonce) + wishes + self._style(root_path, nonce)
        if in_place:
            out += self._script("activate.js", root_path, nonce, {"data-ck-activate": ""})
        return out + self._acting(consent, root_path, nonce, safe=safe, shared=self._policy.mode == "shared")

    def own(self, consent: Consent, root_path: str) -> str:
        """The same for a page of ours: it is each visitor's own in every mode, with nothing to start or to tell."""
        return self._kept.once(
            ("own", root_path, consent.state_hash),
            lambda: self._style(root_path, None) + self._acting(consent, root_path),
        )

    def _style(self, root_path: str, nonce: str | None) -> Markup:
        href = self.asset("consent.css", root_path)
        return Markup('<link rel="stylesheet" href="{}"{}>').format(href, _attributes({"nonce": nonce}))

    def _acting(
        self, consent: Consent, root_path: str, nonce: str | None = None, *, safe: bool = True, shared: bool = False
    ) -> Markup:
        """The script that makes all the rest act in place, and what it has to know."""
        told: dict[str, str | None] = {
            "data-ck-base": self._addresses.url(root_path),
            "data-ck-offer": None if safe else "",
        }
        if shared:
            told["data-ck-cookie"] = self._cookie_name
        else:
            told["data-ck-granted"] = " ".join(consent.granted)
            told["data-ck-undecided"] = " ".join(consent.undecided)
            told["data-ck-state"] = consent.state_hash
        return self._script("consent.js", root_path, nonce, told)

    def _script(self, plain: str, root_path: str, nonce: str | None, attributes: Mapping[str, str | None]) -> Markup:
        own = {"src": self.asset(plain, root_path), "integrity": self.integrity(plain), "nonce": nonce}
        return Markup("<script{} defer></script>").format(_attributes({**own, **attributes}))

    def _early(self, consent: Consent, nonce: str | None) -> Markup:
        """The script that stands in the page itself, where there is something for it to do."""
        if self._inline is None:
            return Markup("")
        told = json.dumps(self.signals.first(consent), separators=(",", ":")) if self.signals else None
        cookie = self._cookie_name if self._policy.mode == "shared" else None
        attributes = _attributes({"nonce": nonce, "data-ck-signals": told, "data-ck-cookie": cookie})
        return Markup("<script{}>{}</script>").format(attributes, Markup(self._inline.body.decode()))  # noqa: S704 (ours)

    @property
    def script_hashes(self) -> tuple[str, ...]:
        """The hashes of our scripts, as `integrity` and a Content-Security-Policy name them."""
        plain = ("consent.js", "activate.js") if self.effect == "activate" else ("consent.js",)
        return tuple(self.integrity(name) for name in plain)

    @property
    def inline_hash(self) -> str | None:
        """The hash of the script that stands in the page itself; None where there is none."""
        return None if self._inline is None else self._inline.integrity

    @property
    def effect(self) -> str:
        """How a grant takes effect: `activate` in place, or `reload` where the page's own CSP was narrower."""
        narrow = self._policy.csp == "enforce" and self._policy.mode == "per-visitor"
        return "reload" if narrow else "activate"

    def asset(self, plain: str, root_path: str) -> str:
        """The address of an asset, named as its file is."""
        return self._addresses.url(root_path, self._assets[plain].name)

    def integrity(self, plain: str) -> str:
        """The hash of an asset as `integrity` has it."""
        return self._assets[plain].integrity


def _attributes(values: Mapping[str, str | None]) -> Markup:
    given = ((name, value) for name, value in values.items() if value is not None)
    return Markup("").join(Markup(' {}="{}"').format(name, value) for name, value in given)
