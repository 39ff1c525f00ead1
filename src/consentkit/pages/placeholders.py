"""`Placeholders`: what stands in the place of a blocked embed (R208)."""

from __future__ import annotations

from collections.abc import Mapping

from consentkit.html.decision import Block, Kind, Resource
from consentkit.pages import embeds
from consentkit.pages.addresses import RETURN, Addresses, leading_back
from consentkit.pages.frames import FrameSigner
from consentkit.pages.kept import Kept
from consentkit.pages.texts import Texts
from consentkit.pages.words import Rendering, Words
from consentkit.policy.models import UNKNOWN_PURPOSE, Policy, Service

MAX_KEPT_EMBED = 1_024  # characters of an embed's address and attributes: longer ones are rendered each time


class Placeholders:
    """The placeholders of one policy.

    Args:
        policy: the policy in force.
        words: what they say.
        addresses: where their frames are.
        frames: signs the addresses of frames.
        effect: how a grant takes effect in a page, as `Head.effect` says.
        kept: where what was rendered is kept.
        render: makes the markup of a template.
    """

    def __init__(
        self,
        policy: Policy,
        words: Words,
        addresses: Addresses,
        frames: FrameSigner,
        effect: str,
        kept: Kept,
        render: Rendering,
    ) -> None:
        self._policy, self._words, self._addresses, self._frames = policy, words, addresses, frames
        self._effect, self._kept, self._render = effect, kept, render

    def markup(
        self,
        block: Block,
        resource: Resource,
        attributes: Mapping[str, str],
        *,
        root_path: str,
        return_path: str,
        language: str | None = None,
        now: float = 0.0,
        coep: str | None = None,
        url: str = "",
        minor_below: int | None = None,
    ) -> str:
        """Phrasing content in the place of a blocked embed (R208); `""` for what nobody could see anyway.

        Args:
            block: what would have to be granted.
            resource: what would be fetched.
            attributes: the embed's attributes, decoded.
            root_path: where the app is mounted.
            return_path: path and query of the page.
            language: of the words, from `choose`.
            now: POSIX seconds: addresses of frames end after a while.
            coep: the page's Cross-Origin-Embedder-Policy field, None without one.
            url: of the page, absolute, for links that share it.
            minor_below: for a visitor who is a minor the age from which that ends: nothing is offered then (R56).
        """
        if embeds.invisible(attributes):
            return ""
        texts = self._words.texts_in(language)
        service = self._policy.services_by_id.get(block.service)
        look = embeds.look(service, resource)
        shared = url if look in {"share", "post"} else ""
        # The same embed looks alike on every page but for where a decision leads back to.
        told = tuple(attributes.items())
        key = (block, resource, told, root_path, texts.language, self._frames.period(now), coep, shared, minor_below)

        def make() -> str:
            return self._made(block, resource, attributes, look, root_path, texts, now, coep, shared, minor_below)

        long = len(resource.url) + sum(len(name) + len(value) for name, value in told) > MAX_KEPT_EMBED
        return leading_back(make() if long else self._kept.once(key, make), root_path, return_path)

    def _made(
        self,
        block: Block,
        resource: Resource,
        attributes: Mapping[str, str],
        look: str,
        root_path: str,
        texts: Texts,
        now: float,
        coep: str | None,
        url: str,
        minor_below: int | None,
    ) -> str:
        """The placeholder, with `RETURN` for the way back."""
        service = self._policy.services_by_id.get(block.service)
        host = block.host or resource.host
        allow = self._grantable(block, service) if minor_below is None else ""
        name = embeds.short_name(service) if service else host or texts.plain("facts.service")
        framed = resource.element in {"iframe", "frame"}
        better = embeds.friendlier(service, resource) if self._policy.friendlier and framed else resource.url
        frame = None
        if framed and self._effect == "reload" and service and minor_below is None:
            frame = self._frames.dump(service.id, better, attributes, now=now, coep=coep)
        share = embeds.share_link(service, url) if look in {"share", "post"} else None
        title = "social" if share and look == "post" and resource.kind is Kind.SCRIPT else look
        if minor_below is not None:
            effect = texts.html("minors.off", age=minor_below)
        elif service:
            effect = texts.html("placeholder.effect", provider=service.provider)
        else:
            effect = texts.html("placeholder.effect_ask" if allow else "placeholder.effect_unknown", name=name)
        page = embeds.original(service, resource)
        room = embeds.size(attributes)
        return self._render(
            "placeholder",
            root_path,
            RETURN,
            texts,
            look=look,
            room=room,
            title=texts.html(f"placeholder.{title}", name=name),
            strip=resource.kind is Kind.SCRIPT or (not framed and resource.attribute.startswith("data-")),
            share=share,
            share_host=share and embeds.host_of(share).removeprefix("www."),
            better=better if frame is None and better != resource.url else None,
            alt=attributes.get("alt", "") or attributes.get("title", ""),
            name=name,
            effect=effect,
            allow=allow,
            allow_label=texts.html("placeholder.allow" if service else "placeholder.allow_unknown", name=name),
            frame=frame and self._addresses.url(root_path, "frame") + f"?t={frame}",
            once=bool(allow) and (frame is not None or self._effect == "activate"),
            original=page,
            original_host=page and embeds.host_of(page),
        )

    def _grantable(self, block: Block, service: Service | None) -> str:
        """The id that a placeholder's "always allow" grants, `""` if nothing can be granted there."""
        asked = {purpose.id for purpose in self._policy.asked_purposes}
        if service and asked.issuperset(p for p in service.purposes if not self._policy.purposes_by_id[p].exempt):
            return service.id
        if not service and UNKNOWN_PURPOSE in asked and block.purposes == (UNKNOWN_PURPOSE,):
            return UNKNOWN_PURPOSE
        return ""
