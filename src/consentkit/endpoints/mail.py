"""The addresses that mails carry: unsubscribe, preferences, confirmation, the counting picture and link (R222, R226).

None needs a login or a cookie, or sets one; the token in the address is all. Following a link changes nothing (mail
filters follow links): it shows a page with a button. Picture and link ask the reader's record when they are fetched, so
that a withdrawal holds for mails already sent: without consent the picture is a picture, and the link leads on.
"""

from __future__ import annotations

import datetime
import io
import uuid
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

from werkzeug.exceptions import HTTPException
from werkzeug.formparser import FormDataParser
from werkzeug.http import parse_options_header

from consentkit.consent.effects import Append, Follow, Tell
from consentkit.consent.forms import CONFIRMED, PENDING, form_record, granted, newest
from consentkit.consent.mail_event import MailEvent
from consentkit.consent.record import Record
from consentkit.email.rules import LINK_TARGET
from consentkit.email.tokens import BEGIN_AGE, CLOCK_SKEW, CONFIRM_AGE, MailTokens
from consentkit.endpoints import answers, query
from consentkit.endpoints.answers import Answer
from consentkit.endpoints.call import Call
from consentkit.errors import StoreError, VisitorError
from consentkit.http import Headers, Request, Response
from consentkit.pages.render import Pages
from consentkit.pages.texts import Texts
from consentkit.policy.models import Policy, Purpose

Listener = Callable[[MailEvent], object]

# One transparent pixel.
PICTURE = (
    b"GIF89a\x01\x00\x01\x00\x80\x00\x00\x00\x00\x00\xff\xff\xff!\xf9\x04\x01\x00\x00\x00\x00,\x00\x00\x00\x00\x01\x00\x01\x00"
    b"\x00\x02\x01D\x00;"
)
_GIF: Headers = (
    ("Content-Type", "image/gif"),
    ("Content-Length", str(len(PICTURE))),
    ("X-Content-Type-Options", "nosniff"),
    ("Cross-Origin-Resource-Policy", "cross-origin"),  # mail is read in other sites' pages
)
FIELD, ONE_CLICK = "List-Unsubscribe", "One-Click"
# Nothing of these answers is kept or passed on: the address is the key to somebody's choices.
_PRIVATE: Headers = (
    answers.NO_STORE, ("Referrer-Policy", "no-referrer"), ("X-Robots-Tag", "noindex, nofollow"),
)  # fmt: skip
# What the template shows besides.
_NOTHING: Mapping[str, Any] = {
    "titles": (), "names": (), "field": None, "offered": (), "late": False, "saved": False, "text": "",
}  # fmt: skip


class MailEndpoints:
    """Serves what links in mail lead to.

    Args:
        policy: the policy in force.
        pages: renders what is shown.
        secrets: newest first; those that `MailLinks` signs with.
        listener: told of what readers who agreed to it do with mails.
    """

    def __init__(
        self, policy: Policy, pages: Pages, secrets: Sequence[bytes | str], listener: Listener | None = None
    ) -> None:
        self._policy, self._pages, self._listener = policy, pages, listener
        self._tokens = MailTokens(secrets)
        self.by_name: Mapping[str, Callable[[Call], Answer]] = {
            "mail-unsubscribe": self._unsubscribe,
            "mail-preferences": self._preferences,
            "mail-confirm": self._confirm,
            "mail-open": self._open,
            "mail-go": self._go,
        }

    # Ending.

    def _unsubscribe(self, call: Call) -> Answer:
        request, now = call.request, call.now
        _, subject, names = self._reader(request, now)
        if request.method != "POST":
            titles = self._titles(names)
            return self._page(request, "unsubscribe", titles=titles, names=names, field=(FIELD, ONE_CLICK))
        if _fields(call).get(FIELD) != [ONE_CLICK]:
            raise VisitorError(400, f"Send the form of this page, or exactly {FIELD}={ONE_CLICK}.")

        def then(found: list[Record]) -> tuple[Append, ...]:
            # Robots may press twice: a withdrawal of what is not granted would be no news. Who only asked for
            # something and never confirmed it has asked for the end of that as well.
            ended = {name: False for name in names if _stands(found, name)}
            if not ended:
                return ()
            return (Append(self._record(found, subject, ended, call, text="")),)

        return self._after(request, subject, then, lambda _: ("unsubscribed", {"names": names}))

    # Choosing.

    def _preferences(self, call: Call) -> Answer:
        request, now = call.request, call.now
        issued, subject, _ = self._reader(request, now)
        may_begin = now - issued < BEGIN_AGE
        chosen: list[str] | None = None
        if request.method == "POST":
            fields = _fields(call)
            if set(fields) - {"purpose", "save", "none"} or ("save" in fields) == ("none" in fields):
                raise VisitorError(400, "Send the form of this page.")
            chosen = [] if "none" in fields else fields.get("purpose", [])

        def choices(found: Sequence[Record]) -> dict[str, bool]:
            """What changes."""
            out = dict[str, bool]()
            for purpose in self._known(found):
                wanted, has = purpose.id in (chosen or ()), granted(found, purpose.id)
                if wanted != has and (not wanted or may_begin):
                    out[purpose.id] = wanted
            return out

        def then(found: list[Record]) -> tuple[Append, ...]:
            changed = {} if chosen is None else choices(found)
            if not changed:
                return ()
            words = "\n".join(_label(self._policy.purposes_by_id[name]) for name, yes in changed.items() if yes)
            return (Append(self._record(found, subject, changed, call, text=words)),)

        def shown(found: Sequence[Record]) -> tuple[str, dict[str, Any]]:
            changed = {} if chosen is None else choices(found)
            offered = [
                (purpose, _label(purpose), changed.get(purpose.id, granted(found, purpose.id)))
                for purpose in self._known(found)
            ]
            offered = [row for row in offered if row[2] or may_begin]
            return "preferences", {"offered": offered, "late": not may_begin, "saved": chosen is not None}

        return self._after(request, subject, then, shown)

    # Confirming.

    def _confirm(self, call: Call) -> Answer:
        request, now = call.request, call.now
        values = self._token("confirm", request, 3)
        issued, subject, pending_id = values
        self._check_time(issued, now)
        in_time = now - issued < CONFIRM_AGE
        if request.method == "POST" and _fields(call) != {"confirm": ["1"]}:
            raise VisitorError(400, "Send the form of this page.")

        def waiting(found: Sequence[Record]) -> Record | None:
            """The request, if it still stands: nothing was answered since for any of its purposes."""
            pending = next((record for record in found if record.record_id == pending_id), None)
            if pending is None or PENDING not in pending.signals:
                return None
            return pending if all(newest(found, name) == pending for name in pending.choices) else None

        def confirmed(found: Sequence[Record]) -> bool:
            """Whether this very request was confirmed before, and holds."""
            return any(
                CONFIRMED in record.signals and record.previous == pending_id and newest(found, name) == record
                for record in found
                for name in record.choices
            )

        def then(found: list[Record]) -> tuple[Append, ...]:
            pending = waiting(found)
            if request.method != "POST" or not in_time or pending is None:
                return ()
            record = form_record(
                self._policy,
                [pending],
                subject,
                dict.fromkeys(pending.choices, True),
                record_id=_record_id(call),
                now=call.now,
                text=pending.text or "",
                source="email",
                language=pending.language,
                signals=(CONFIRMED,),
            )
            return (Append(record),)

        def shown(found: Sequence[Record]) -> tuple[str, dict[str, Any]]:
            pending = waiting(found)
            if confirmed(found) or (pending is not None and in_time and request.method == "POST"):
                return "confirmed", {}
            if pending is None or not in_time:
                return "expired", {}
            return "confirm", {"text": pending.text or "", "day": pending.time.date()}

        return self._after(request, subject, then, shown)

    # Counting.

    def _open(self, call: Call) -> Answer:
        request, now = call.request, call.now
        response = Response(200, (*_GIF, *_PRIVATE), PICTURE)
        values = self._tokens.parse("open", query.single(request, "t") or "", length=3)
        # Whatever is asked for, a picture is answered: a mail has no place for a sentence.
        return self._counted(request, values, "open", "", now, response)

    def _go(self, call: Call) -> Answer:
        request, now = call.request, call.now
        values = self._token("go", request, 4)
        target = str(values[3])
        if query.single(request, LINK_TARGET) != target:
            raise self._stranger(request)
        response = answers.see_other(target, _PRIVATE)
        return self._counted(request, values[:3], "click", target, now, response)

    def _counted(
        self, request: Request, values: list[Any] | None, kind: Any, url: str, now: float, response: Response
    ) -> Answer:
        """The same answer in any case; the app is told only if the reader's newest answer is yes."""
        purpose = self._policy.email.purpose if self._policy.email else None
        listener = self._listener
        silent = self._policy.email is None or self._policy.email.tracking != "individual"
        # A HEAD is a program's, and says nothing of a reader.
        if values is None or purpose is None or listener is None or silent or request.method != "GET":
            return answers.without_work(response)
        event = MailEvent(kind, str(values[1]), str(values[2]), url, int(now))

        def then(found: list[Record]) -> tuple[Tell, ...]:
            return (Tell(listener, event),) if granted(found, purpose) else ()

        return Answer((Follow(event.subject, then),), lambda _: response)

    # What these have in common.

    def _reader(self, request: Request, now: float) -> tuple[int, str, list[str]]:
        issued, subject, names = self._token("reader", request, 3)
        self._check_time(issued, now)
        return issued, subject, [name for name in names if name in self._policy.purposes_by_id]

    def _token(self, use: Any, request: Request, length: int) -> list[Any]:
        values = self._tokens.parse(use, query.single(request, "t") or "", length=length)
        if values is None:
            raise self._stranger(request)
        return values

    def _check_time(self, issued: int, now: float) -> None:
        if issued > now + CLOCK_SKEW:
            raise VisitorError(400, "This link is from the future; please write to the site's owner.")

    def _stranger(self, request: Request) -> VisitorError:
        texts = self._texts(request)
        return VisitorError(404, texts.plain("mail.unknown", email=self._policy.controller.email))

    def _texts(self, request: Request) -> Texts:
        return self._pages.texts_in(self._pages.choose(None, request.header("accept-language")))

    def _titles(self, names: Collection[str]) -> list[str]:
        return [self._policy.purposes_by_id[name].title for name in names]

    def _known(self, found: Sequence[Record]) -> list[Purpose]:
        """What the reader was ever asked for at a form, and may choose by a link."""
        named = {name for record in found for name in record.choices}
        return [p for p in self._policy.all_purposes if p.asked == "form" and p.id in named]

    def _record(
        self, found: Sequence[Record], subject: str, choices: Mapping[str, bool], call: Call, *, text: str
    ) -> Record:
        language = self._policy.language if text else self._texts(call.request).language
        return form_record(
            self._policy,
            found,
            subject,
            choices,
            record_id=_record_id(call),
            now=call.now,
            text=text,
            source="email",
            language=language,
        )

    def _after(
        self,
        request: Request,
        subject: str,
        then: Callable[[list[Record]], tuple[Append, ...]],
        shown: Callable[[Sequence[Record]], tuple[str, dict[str, Any]]],
    ) -> Answer:
        def finish(results: Sequence[object] | StoreError) -> Response:
            if isinstance(results, StoreError):
                return answers.store_failed(request, self._pages)
            found: Any = results[0]
            state, values = shown(found)
            return self._rendered(request, state, **values)

        return Answer((Follow(subject, then),), finish)

    def _page(self, request: Request, state: str, **values: Any) -> Answer:
        return answers.without_work(self._rendered(request, state, **values))

    def _rendered(self, request: Request, state: str, **values: Any) -> Response:
        texts = self._texts(request)
        token = query.single(request, "t") or ""
        path = self._pages.url(request.root_path, "mail")
        day = values.get("day")
        links = {name: f"{path}/{name}?t={token}" for name in ("unsubscribe", "preferences", "confirm")}
        shown = {**_NOTHING, **values, "day": texts.date(day) if isinstance(day, datetime.date) else ""}
        body = self._pages.mail(state, root_path=request.root_path, language=texts.language, links=links, **shown)
        return answers.page(body, self._policy, headers=(*_PRIVATE[:1], *_PRIVATE[2:], ("Vary", "Accept-Language")))


def _stands(found: Sequence[Record], name: str) -> bool:
    """Whether there is something to end: a grant, or a request that waits for its confirmation."""
    record = newest(found, name)
    return record is not None and (record.choices[name] or PENDING in record.signals)


def _label(purpose: Purpose) -> str:
    """The words beside a purpose's box: what its record keeps."""
    return f"{purpose.title}: {purpose.summary}"


def _record_id(call: Call) -> str:
    return str(uuid.UUID(bytes=call.entropy[:16], version=4))


def _fields(call: Call) -> dict[str, list[str]]:
    """The fields of a posted form, in either of the two forms that RFC 8058 §3.2 allows."""
    call.check_length("This form")
    request, body = call.request, call.body
    media_type, options = parse_options_header(request.header("content-type") or "")
    if media_type not in {"application/x-www-form-urlencoded", "multipart/form-data"}:
        raise VisitorError(415, "Send a form: application/x-www-form-urlencoded or multipart/form-data.")
    parser = FormDataParser(max_form_memory_size=len(body), max_form_parts=64)
    try:
        _, form, files = parser.parse(io.BytesIO(body), media_type, len(body), options)
    except (HTTPException, ValueError) as error:
        raise VisitorError(400, "That form could not be read.") from error
    if files:
        raise VisitorError(400, "That form has a file in it; send the form of this page.")
    return {key: form.getlist(key) for key in form}
