"""`Pages`: everything a visitor sees, as complete and escaped HTML.

Templates hold the markup, `locales/` the words, the policy the facts; this module brings them together.
Nothing here needs a script to work: the banner and the preferences are plain forms.
"""

from __future__ import annotations

import datetime
from collections.abc import Collection, Mapping, Sequence
from functools import cached_property
from typing import Any, Literal
from urllib.parse import quote

import jinja2
from markupsafe import Markup

from consentkit.consent.record import Record
from consentkit.consent.state import Consent
from consentkit.headers.csp import content_security_policy
from consentkit.pages import embeds
from consentkit.pages.addresses import RETURN, Addresses, home, leading_back
from consentkit.pages.compiled import COMPILED
from consentkit.pages.document import exempt_ids, own_items, service_items
from consentkit.pages.frames import Frame, FrameSigner, frame_sources
from consentkit.pages.head import Head
from consentkit.pages.kept import Kept
from consentkit.pages.news import news
from consentkit.pages.placeholders import Placeholders
from consentkit.pages.policy_page import PolicyPage
from consentkit.pages.texts import Texts
from consentkit.pages.words import OwnTexts, Words
from consentkit.policy.models import Policy, Purpose, Service

# Answers whose message is in the visitor's language already: what a store could not keep.
TRANSLATED = frozenset({503})

Control = Literal["choices", "sell"]


class Pages:
    """The pages of one policy. Immutable after construction; safe to share between threads.

    Args:
        policy: the policy in force.
        prefix: path under which the endpoints live; the policy's own by default.
        secrets: newest first; they sign the addresses of frames. Without them there are none.
        templates: a Jinja2 loader whose templates replace ours by name.
        texts: the owner's own words by key (`banner.title`), in the policy's language; those of other languages
            under their tags (``{"fr": {"banner.title": …}}``).
        insecure_dev: plain HTTP for development.
        cookie_name: of the consent cookie; the policy's by default.

    Raises:
        UsageError: for texts that cannot be used.
        jinja2.TemplateError: for templates that cannot.
    """

    def __init__(
        self,
        policy: Policy,
        *,
        prefix: str | None = None,
        secrets: Sequence[bytes | str] = (),
        templates: jinja2.BaseLoader | None = None,
        texts: OwnTexts | None = None,
        insecure_dev: bool = False,
        cookie_name: str | None = None,
    ) -> None:
        self.policy, self.insecure_dev = policy, insecure_dev
        self.prefix = policy.prefix if prefix is None else prefix
        self.cookie_name = cookie_name or _cookie_name(policy, insecure_dev=insecure_dev)
        self._made_of = (prefix, tuple(secrets), templates, texts, insecure_dev, cookie_name)
        self._kept = Kept()
        self._addresses = Addresses(policy, self.prefix)
        self._words = words = Words(policy, texts or {}, self._kept)
        self._head = head = Head(policy, self._addresses, self.cookie_name, self._kept)
        self.texts, self.languages = words.texts, words.languages
        self.choose, self.texts_in, self.text_hash_in = words.choose, words.texts_in, words.text_hash_in
        self.texts_shown = words.texts_shown
        self.signals, self.assets, self.effect = head.signals, head.assets, head.effect
        self.head, self.script_hashes, self.inline_hash = head.markup, head.script_hashes, head.inline_hash
        self.url, self.home = self._addresses.url, home
        self.frames = FrameSigner(policy, secrets, insecure_dev=insecure_dev)
        self.showing = frozenset(service.id for service in policy.services if embeds.shown_by_script(service))
        ours = jinja2.PackageLoader("consentkit.pages", "templates")
        environment = jinja2.Environment(
            loader=jinja2.ChoiceLoader([templates, ours]) if templates else ours,
            autoescape=True,
            undefined=jinja2.StrictUndefined,  # a fact that is missing stops the start, not a visitor's page
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=False,
            bytecode_cache=COMPILED,
        )
        environment.globals.update(policy=policy)
        environment.filters.update(paragraphs=paragraphs, host=embeds.host_of)
        names = ("banner", "placeholder", "preferences", "policy", "records", "error", "frame", "opt-out", "mail",
                 *(("development",) if insecure_dev else ()))  # fmt: skip
        self._templates = {name: environment.get_template(f"{name}.html") for name in names}
        render = self._render
        page = PolicyPage(policy, words, self._addresses, self.cookie_name, render)
        self.document = page.document
        self.policy_html, self.policy_json = page.html, page.json
        self.policy_markdown, self.policy_plain = page.markdown, page.plain
        self.placeholder = Placeholders(
            policy, words, self._addresses, self.frames, head.effect, self._kept, render
        ).markup
        # Every page once, now: what is broken in a template or a policy shows at start-up.
        nobody = Consent(policy)
        self.policy_html("")
        self.preferences(nobody, root_path="", return_path="/")
        self.banner(nobody, "", "/")
        self.opt_out(nobody, root_path="", return_path="/")

    def banner(
        self,
        consent: Consent,
        root_path: str,
        return_path: str,
        language: str | None = None,
        *,
        control: Control | None = None,
        opted_out: bool | None = None,
    ) -> str:
        """For the start of the body: the banner while something is undecided, and always the persistent control.

        Where the law of the visitor's place lets purposes be in use before a decision, and none is left to ask for, a
        notice that tells of them stands in the banner's place until the visitor has answered it (R29).

        Args:
            consent: the visitor's state.
            root_path: where the app is mounted.
            return_path: path and query of the page, where a decision without script leads back to.
            language: of the words, from `choose`.
            control: what the persistent control offers: the choices, or besides them one press that ends sale and
                sharing (R46); by default what the visitor's regime asks for.
            opted_out: whether an opt-out of sale and sharing has been put into effect, which is said (R45); by default
                what the visitor's state says.
        """
        regime = consent.situation.regime
        if control is None:
            sells = any(purpose.opt_out != () for purpose in self.policy.asked_purposes)
            control = "sell" if sells and regime.banner == "opt-out" else "choices"
        if opted_out is None:
            opted_out = regime.banner == "opt-out" and consent.opted_out
        told = () if consent.undecided else consent.to_note
        texts = self.texts_in(language)
        allowed = consent.granted
        place = (regime.id, consent.in_use, told, consent.gpc, consent.minor, consent.outdated)
        key = (
            "banner",
            root_path,
            consent.undecided,
            allowed,
            texts.language,
            control,
            opted_out,
            place,
        )
        kept = self._kept.once(
            key,
            lambda: self._render(
                "banner",
                root_path,
                RETURN,
                texts,
                ask=bool(consent.undecided),
                tell=bool(told),
                in_use=[self.policy.purposes_by_id[id_] for id_ in consent.in_use],
                consent=consent,
                purposes=self.policy.asked_purposes,
                granted=frozenset(allowed),
                companies=self._companies,
                single=self._single_grants(consent),
                again=consent.outdated,
                control=control,
                opted_out=opted_out,
            ),
        )
        return leading_back(kept, root_path, return_path)

    # Pages of our own.

    def preferences(self, consent: Consent, *, root_path: str, return_path: str, language: str | None = None) -> str:
        """The second layer (R22): each purpose and service with its own choice, and withdrawal of everything."""
        texts = self.texts_in(language)
        exempt = exempt_ids(self.policy)
        cookies = own_items(self.policy)
        decided = consent.decided_at
        return self._render(
            "preferences",
            root_path,
            return_path,
            texts,
            consent=consent,
            asked=self.policy.asked_purposes,
            exempt=[p for p in self.policy.all_purposes if p.exempt],
            granted=frozenset(consent.granted),
            services_of=self.policy.services_by_purpose,
            own_items={p.id: [item for item in cookies if p.id in item.purposes] for p in self.policy.all_purposes},
            items_of={service.id: service_items(service, exempt) for service in self.policy.services},
            titles={p.id: p.title for p in self.policy.all_purposes},
            home=self._home,
            decided=decided and texts.date(datetime.datetime.fromtimestamp(decided, datetime.UTC).date()),
            something=bool(consent.granted),
            news=news(consent),
            day=texts.date,
            opts_out=consent.situation.regime.banner == "opt-out",
            declares=self.policy.minors is not None and self.policy.minors.mode == "self-declaration",
        )

    def opt_out(self, consent: Consent, *, root_path: str, return_path: str, language: str | None = None) -> str:
        """What an opt-out of sale and sharing ends, whether it is in force, and the one button for it (R45, R46)."""
        texts = self.texts_in(language)
        ended = [purpose for purpose in self.policy.asked_purposes if purpose.opt_out != ()]
        return self._render(
            "opt-out",
            root_path,
            return_path,
            texts,
            consent=consent,
            ended=ended,
            services_of=self.policy.services_by_purpose,
        )

    def records(
        self, found: Sequence[Record], known: Collection[str], *, root_path: str, language: str | None = None
    ) -> str:
        """The visitor's own decisions, each with what was allowed, and its receipt (R191).

        Args:
            found: the records, newest first.
            known: hashes of the policies that can still be read here.
            root_path: where the app is mounted.
            language: of the words, from `choose`.
        """
        texts = self.texts_in(language)
        return self._render(
            "records",
            root_path,
            "",
            texts,
            found=found,
            known=known,
            titles={p.id: p.title for p in self.policy.all_purposes},
            services=self.policy.services_by_id,
            day=texts.date,
            erase_url=self.url(root_path, "erase"),
            receipt_url=self.url(root_path, "receipt"),
            version_url=self.url(root_path, "policy"),
        )

    def of(self, policy: Policy) -> Pages:
        """The pages of another version of the policy, with the same templates and words of the owner's.

        Raises:
            jinja2.TemplateError: if the templates cannot show it.
        """
        prefix, secrets, templates, texts, insecure_dev, cookie_name = self._made_of
        return Pages(policy, prefix=prefix or self.prefix, secrets=secrets, templates=templates, texts=texts,
                     insecure_dev=insecure_dev, cookie_name=cookie_name)  # fmt: skip

    def error(self, status: int, message: str, *, root_path: str = "", language: str | None = None) -> str:
        """A page that says what was wrong with a request, and how to go on.

        Args:
            status: the answer's.
            message: what was wrong with this one request, in English but where the status is one of `TRANSLATED`.
            root_path: where the app is mounted.
            language: of the page; in others than English the message stands below what its language says.
        """
        texts = self.texts_in(language)
        key = f"error.title_{status}"
        title = texts.html(key if key in texts.all else "error.title")
        lead = self.error_text(status, message, language=language)
        foreign = texts.language != "en" and lead == message and status not in TRANSLATED
        return self._render("error", root_path, "", texts, title=title, lead=lead, message=message, foreign=foreign)

    def development(self, sections: Sequence[tuple[str, Sequence[object]]], consent: Consent, *, root_path: str) -> str:
        """What a process of a development server saw, for its developer; in English, as the log is.

        Args:
            sections: headings, and what was noted under each (`endpoints.development.Noted`).
            consent: the visitor's state.
            root_path: where the app is mounted.
        """
        return self._render(
            "development",
            root_path,
            "",
            self.texts,
            sections=sections,
            granted=consent.granted,
            undecided=consent.undecided,
            csp=content_security_policy(self.policy, consent),
        )

    def error_text(self, status: int, message: str, *, language: str | None = None) -> str:
        """What a visitor is told of a refused request: in English the message, in others what its status means."""
        texts = self.texts_in(language)
        key = f"error.text_{status}"
        return message if texts.language == "en" or key not in texts.all else texts.plain(key)

    def mail(
        self, state: str, *, root_path: str, language: str | None, links: Mapping[str, str], **values: Any
    ) -> str:  # fmt: skip
        """A page that a link in a mail leads to: one form at most, no script, no banner.

        Args:
            state: what it is about: unsubscribe, unsubscribed, preferences, confirm, confirmed or expired.
            root_path: where the app is mounted.
            language: of our words; the owner's are in the policy's language.
            links: where its forms and links lead, by what they are for.
            values: what the template shows.
        """
        texts = self.texts_in(language)
        return self._render("mail", root_path, "", texts, state=state, links=links, **values)

    def frame(self, frame: Frame, *, root_path: str) -> tuple[str, str]:
        """The document that frames an embed, and its Content-Security-Policy but for who may frame it."""
        csp = f"default-src 'none'; frame-src {frame_sources(frame)}; script-src 'self'; style-src 'self'; "
        csp += "base-uri 'none'; form-action 'none'"
        return self._render("frame", root_path, "", self.texts, frame=frame), csp

    def _render(self, name: str, root_path: str, return_path: str, texts: Texts, /, **values: Any) -> str:
        # The second layer speaks as the first one did.
        spoken = f"lang={texts.language}&" if len(self.languages) > 1 else ""
        back = f"?{spoken}return={quote(return_path, safe='/')}"
        return self._templates[name].render(
            t=texts.html,
            n=texts.count,
            texts=texts,
            own=self._words.own_marks(texts),
            marks=lambda text: self._words.marks(texts, text),
            said=lambda text: Markup("<span{}>{}</span>").format(self._words.marks(texts, text), text),
            english=self._words.english_marks(texts),
            spoken=spoken,
            action=self.url(root_path, "decide"),
            return_path=return_path,
            opt_out_url=self.url(root_path, "opt-out") + back,
            preferences_url=self.url(root_path, "preferences") + back,
            policy_url=self._addresses.policy(root_path),
            records_url=self.url(root_path, "records"),
            home_url=self.home(root_path),
            asset=lambda plain: self._head.asset(plain, root_path),
            integrity=self._head.integrity,
            script=lambda consent: Markup(self._head.own(consent, root_path)),  # noqa: S704 (escaped there)
            **values,
        )

    # What the templates ask of the policy.

    @cached_property
    def _companies(self) -> int:
        """How many other companies the banner's purposes involve (R21)."""
        asked = {purpose.id for purpose in self.policy.asked_purposes}
        providers = {s.provider for s in self.policy.services if asked.intersection(s.purposes)}
        return len(providers - {self.policy.controller.name})  # who runs a counter of the own is no other

    @cached_property
    def _home(self) -> dict[str, Purpose]:
        """For each service the purpose under which it is chosen: its first that is asked for."""
        asked = {purpose.id: purpose for purpose in self.policy.asked_purposes}
        return {s.id: next(asked[p] for p in s.purposes if p in asked) for s in self.policy.services
                if not asked.keys().isdisjoint(s.purposes)}  # fmt: skip

    def _single_grants(self, consent: Consent) -> dict[str, list[Service]]:
        """Services granted one by one, under the purpose each is chosen under: the banner must not lose them."""
        out = dict[str, list[Service]]()
        for service in self.policy.services:
            home = self._home.get(service.id)
            if home and service.id in consent.allowed_services and not consent.allows(home.id):
                out.setdefault(home.id, []).append(service)
        return out


def paragraphs(text: str) -> Markup:
    """The owner's text as paragraphs, split at blank lines."""
    blocks = [block.strip() for block in text.replace("\r\n", "\n").split("\n\n")]
    return Markup("\n").join(Markup("<p>{}</p>").format(block) for block in blocks if block)


def _cookie_name(policy: Policy, *, insecure_dev: bool) -> str:
    # The same rule as the codec's: without TLS a browser refuses a name with a prefix (R119).
    name = policy.cookie_name
    return name.removeprefix("__Host-").removeprefix("__Secure-") if insecure_dev else name
