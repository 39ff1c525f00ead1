"""The pages: each is a function from a `Visit` to a `Reply`, and knows neither Starlette nor Werkzeug.

Whether something may be remembered is asked of the visit's consent; what is set without it is
stopped by consentkit all the same.
"""

from __future__ import annotations

import csv
import io
import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any
from urllib.parse import parse_qsl

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from werkzeug.http import dump_cookie, parse_cookie

from consentkit.consent.state import Consent
from consentkit.forms import ConsentBox, transfer_notes
from consentkit.policy.load import load_policy
from consentkit.records.forms import FormConsents
from consentkit.records.sqlite import SQLiteStore

from . import content
from .newsletter import Newsletter
from .post import subject_of
from .settings import HERE, POLICY_FILE, Settings
from .storage import Answer, Storage

YEAR = 365 * 24 * 3600
MAX_FORM = 64 * 1024  # bytes: the longest form here is a comment
MAX_FIELD = 4_000  # characters

subject = subject_of  # how the proofs name a person

# What people agree to, word for word: the page shows this sentence and the proof keeps it.
SPONSOR_TEXT = f"Share my answers, with my name and e-mail address, with the sponsor of this survey, {content.SPONSOR}."


@dataclass(frozen=True)
class Visit:
    """One request, as the pages see it.

    Attributes:
        method: `GET` or `POST`.
        path: the path of the page.
        query: the query parameters.
        form: the fields of a posted form.
        cookies: the cookies that consentkit let through.
        consent: what the visitor decided; None when the site runs unprotected.
    """

    method: str
    path: str
    query: Mapping[str, str] = field(default_factory=dict)
    form: Mapping[str, str] = field(default_factory=dict)
    cookies: Mapping[str, str] = field(default_factory=dict)
    consent: Consent | None = None

    def allows(self, purpose: str) -> bool:
        """Whether the visitor allowed a purpose."""
        return self.consent is None or self.consent.allows(purpose)


@dataclass(frozen=True)
class Reply:
    """One answer: a page, or a redirect when `location` is set."""

    body: str = ""
    status: int = 200
    content_type: str = "text/html; charset=utf-8"
    location: str | None = None
    cookies: tuple[str, ...] = ()

    @property
    def headers(self) -> list[tuple[str, str]]:
        """The header fields."""
        fields = [("Content-Type", self.content_type), *(("Set-Cookie", value) for value in self.cookies)]
        return [*fields, ("Location", self.location)] if self.location else fields


Endpoint = Callable[..., Reply]


def make_visit(method: str, path: str, query: str, body: bytes, cookies: str, consent: Consent | None) -> Visit:
    """Build a visit from the raw parts of a request. Fields are cut to `MAX_FIELD` characters."""
    form = parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True)
    return Visit(
        method, path, dict(parse_qsl(query)), {name: value.strip()[:MAX_FIELD] for name, value in form},
        dict(parse_cookie(cookies)), consent,
    )  # fmt: skip


def set_cookie(name: str, value: str) -> str:
    """The value of a Set-Cookie field for one of the site's own cookies, which live for a year."""
    return dump_cookie(name, value, max_age=YEAR, path="/", httponly=True, samesite="Lax")


class Site:
    """All pages of Brightwash."""

    def __init__(self, settings: Settings) -> None:
        self.storage = Storage(settings.database)
        policy = load_policy(POLICY_FILE)
        self.consents = FormConsents(SQLiteStore(settings.records), policy)
        self.letters = Newsletter(settings, policy, self.storage, self.consents)
        self.post = self.letters.post
        self.sponsor = ConsentBox(policy, "survey-sponsor", SPONSOR_TEXT, name="sponsor")
        templates = FileSystemLoader(HERE / "templates")
        self._templates = Environment(loader=templates, autoescape=select_autoescape(), undefined=StrictUndefined,
                                      trim_blocks=True, lstrip_blocks=True)  # fmt: skip
        self._templates.globals.update(content=content, letter=self.letters.letter, tracking=self.letters.tracking,
                                       sponsor_text=SPONSOR_TEXT, sponsor_notes=self.sponsor.notes(),
                                       letters_go_to=transfer_notes(policy, "correspondence"))  # fmt: skip
        self.routes: list[tuple[str, Endpoint]] = [
            ("/", self.home), ("/place", self.place), ("/machines", self.machines), ("/gallery", self.gallery),
            ("/talks", self.talks), ("/videos", self.videos), ("/blog", self.blog), ("/blog/feed.xml", self.feed),
            ("/blog/{slug}", self.article), ("/newsletter", self.newsletter),
            ("/newsletter/unsubscribe", self.unsubscribe), ("/survey", self.survey),
            ("/survey/answer/{token}", self.answer), ("/contact", self.contact),
        ]  # fmt: skip

    # -- pages that only show something

    def home(self, visit: Visit) -> Reply:
        """The front page; machines for the visitor's kind of place come first."""
        place = visit.query.get("place") or visit.cookies.get("bw_place", "")
        machines = sorted(content.MACHINES, key=lambda machine: place not in machine.places)
        return self._page(visit, "home.html", machines=machines, place=place)

    def machines(self, visit: Visit) -> Reply:
        """Every machine."""
        return self._page(visit, "machines.html")

    def gallery(self, visit: Visit) -> Reply:
        """Pictures, from Flickr; as long as they may not be shown, the page says why."""
        return self._page(visit, "gallery.html", may_show=visit.allows("media"))

    def talks(self, visit: Visit) -> Reply:
        """Slides, from SlideShare."""
        return self._page(visit, "talks.html")

    def videos(self, visit: Visit) -> Reply:
        """Films, from YouTube and Vimeo."""
        return self._page(visit, "videos.html")

    def blog(self, visit: Visit) -> Reply:
        """The list of articles."""
        return self._page(visit, "blog.html")

    def feed(self, visit: Visit) -> Reply:
        """The articles as RSS."""
        reply = self._page(visit, "feed.xml")
        return replace(reply, content_type="application/rss+xml; charset=utf-8", cookies=())

    # -- preferences

    def place(self, visit: Visit) -> Reply:
        """Remember the visitor's kind of place, if that is allowed; show it at once in any case."""
        place = visit.form.get("place", "")
        if visit.method != "POST" or place not in content.PLACES:
            return Reply(status=303, location="/")
        cookies = (set_cookie("bw_place", place),) if visit.allows("preferences") else ()
        return Reply(status=303, location=f"/?place={place}#machines", cookies=cookies)

    # -- forms

    def article(self, visit: Visit, slug: str) -> Reply:
        """One article with its comments; POST adds a comment."""
        article = next((a for a in content.ARTICLES if a.slug == slug), None)
        if article is None:
            return self.missing(visit)
        form, error, cookies = visit.form, "", tuple[str, ...]()
        if visit.method == "POST":
            error = missing_fields(form, name="your name", email="your e-mail address", text="a comment")
            if not error:
                self.storage.add_comment(slug, form["name"], form["email"], form.get("country", ""), form["text"],
                                         anonymous="anonymous" in form, at=int(time.time()))  # fmt: skip
                if "remember" in form and visit.allows("preferences"):
                    cookies = (set_cookie("bw_author", f"{form['name']}|{form['email']}"),)
                return Reply(status=303, location=f"/blog/{slug}#comments", cookies=cookies)
        name, _, email = visit.cookies.get("bw_author", "").partition("|")
        known = {"name": name, "email": email, **form}
        return self._page(visit, "article.html", article=article, comments=self.storage.comments(slug), form=known,
                          error=error, may_remember=visit.allows("preferences"))  # fmt: skip

    def newsletter(self, visit: Visit) -> Reply:
        """Sign up; tracking of the mail is a question of its own. Nothing holds before the address confirms it.

        The answer is the same for every address: it tells nobody who is in the list.
        """
        error = self.letters.sign_up(visit.form) if visit.method == "POST" else ""
        done = visit.method == "POST" and not error
        return self._page(visit, "newsletter.html", form=visit.form, error=error, done=done)

    def unsubscribe(self, visit: Visit) -> Reply:
        """Have the link that ends it sent once more. The answer is the same for every address."""
        if visit.method == "POST":
            self.letters.leave(visit.form.get("email", ""))
        return self._page(visit, "unsubscribe.html", done=visit.method == "POST")

    def survey(self, visit: Visit) -> Reply:
        """The survey; the sponsor sees an answer only if its author said so here."""
        error, form = "", visit.form
        if visit.method == "POST":
            error = missing_fields(form, machine="what washes your glasses", satisfaction="how happy you are")
            if not error and not ("1" <= form["satisfaction"] <= "5" and len(form["satisfaction"]) == 1):
                error = "Please rate from 1 to 5."
            if not error:
                token = secrets.token_hex(16)
                self.storage.add_answer(Answer(token, form["machine"], int(form["satisfaction"]), form.get("wish", ""),
                                               form.get("name", ""), form.get("email", "")))  # fmt: skip
                self.sponsor.record(self.consents, subject(token), form)
                return Reply(status=303, location=f"/survey/answer/{token}")
        return self._page(visit, "survey.html", form=form, error=error)

    def answer(self, visit: Visit, token: str) -> Reply:
        """What became of an answer; its author can change their mind about the sponsor here at any time."""
        if not self.storage.has_answer(token):
            return self.missing(visit)
        if visit.method == "POST":
            self.sponsor.record(self.consents, subject(token), visit.form)
            return Reply(status=303, location=visit.path)
        return self._page(visit, "answer.html", shared=self.consents.allows(subject(token), "survey-sponsor"))

    def contact(self, visit: Visit) -> Reply:
        """Where to find us, and a form."""
        error, done, form = "", False, visit.form
        if visit.method == "POST":
            error = missing_fields(form, name="your name", email="your e-mail address", text="a message")
            if not error:
                self.storage.add_message(form["name"], form["email"], form["text"], at=int(time.time()))
                done = True
        return self._page(visit, "contact.html", form=form, error=error, done=done)

    def missing(self, visit: Visit) -> Reply:
        """There is no such page."""
        return replace(self._page(visit, "missing.html"), status=404)

    # -- what others get

    def sponsor_export(self) -> str:
        """The answers for the sponsor as CSV, each with its proof: only of those who agreed and still do."""
        out = io.StringIO()
        columns = ["machine", "satisfaction", "wish", "name", "email", "consent_record", "consent_time"]
        writer = csv.DictWriter(out, columns, extrasaction="ignore")
        writer.writeheader()
        answers = (asdict(answer) for answer in self.storage.answers())
        for row in self.consents.shared(answers, "survey-sponsor", subject=lambda row: subject(row["token"])):
            writer.writerow({name: harmless(str(cell)) for name, cell in row.items()})
        return out.getvalue()

    def _page(self, visit: Visit, template: str, **values: Any) -> Reply:
        body = self._templates.get_template(template).render(path=visit.path, **values)
        # The site's own audience cookie. Set on every page; without consent to analytics consentkit removes it.
        visitor = visit.cookies.get("bw_visitor") or secrets.token_hex(8)
        return Reply(body, cookies=(set_cookie("bw_visitor", visitor),))


def missing_fields(form: Mapping[str, str], **labels: str) -> str:
    """A sentence that names what was left out, or nothing."""
    left_out = [label for name, label in labels.items() if not form.get(name)]
    if left_out:
        return f"Please give {' and '.join(left_out)}."
    if "email" in labels and "@" not in form["email"]:
        return "Please check the e-mail address: it has no @."
    return ""


def harmless(cell: str) -> str:
    """A cell that no spreadsheet takes for a formula."""
    return f"'{cell}" if cell[:1] in {"=", "+", "-", "@", "\t", "\r"} else cell
