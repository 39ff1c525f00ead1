"""`Exchange`: one request and its answer, from the request's head to the body's last byte.

an own endpoint:  body_limit · receive · effects · resolve · reply
the app's:        inner · start · feed · finish · close
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property, lru_cache
from urllib.parse import quote

from consentkit.bodies import FixedBody, RewrittenBody, slices
from consentkit.consent.decision import Decided
from consentkit.consent.effects import Effect
from consentkit.endpoints import Answer
from consentkit.endpoints.answers import failure
from consentkit.errors import ConsentKitError, StoreError, UsageError
from consentkit.headers import caching, csp, links
from consentkit.headers.cookies import MAX_EXPIRIES
from consentkit.headers.treatment import NOT_MODIFIED, Treatment, may_be_page, treatment
from consentkit.html.xmldoc import RefusedXmlError
from consentkit.http import PATH_CHARACTERS, Head, Headers, Request, Response, joined, without
from consentkit.notices import Notice
from consentkit.site import Site
from consentkit.view import UNREADABLE, View
from consentkit.visitors import Visitor
from consentkit.whole import MAX_FIRST, MAX_PAGE

CACHED_TYPES = 256  # values of Content-Type whose nature is remembered: an app has some dozens
CACHED_METHODS = frozenset({"GET", "HEAD"})  # of which shared caches keep answers
FAILED = 400  # statuses from here on say that nothing was done
CONCERNING = links.HANDLED | {"set-cookie", "location"}  # an answer without these that is no page goes as it is


class Exchange:
    """One request and its answer. Made by `ConsentKit.open`; used once, by one driver.

    Attributes:
        visitor: what the request's cookies and signal say.
        consent: the visitor's state when the request came.
        notices: what is worth telling the owner; the driver drains it.
        body_limit: None if the app answers; otherwise an own endpoint answers, and the driver reads at
            most so many bytes of the request's body (and one more, to tell that there were more).
        inner: the request as the app shall see it.
        inner_needs_body: whether the answer's bytes have to pass `feed`, so that shortcuts of the
            server (``pathsend``, ``wsgi.file_wrapper``) must not be offered to the app.
        passthrough: after `start`: whether the body's bytes are to be sent as they are.
    """

    passthrough = True
    body_limit: int | None = None
    _answer: Answer | None = None
    _reply: Response | None = None
    _answered: Mapping[str, str] | None = None  # the fields of the app's answer, where its body is a page
    _body: RewrittenBody | FixedBody | None = None  # made when the first of it is fed
    _unread: tuple[bytes, int] | None = None  # a first piece that is still to be read, and how much of it has left
    _removed: Sequence[str] = ()
    _started = _fed = False

    def __init__(
        self, site: Site, request: Request, visitor: Visitor, now: float, entropy: bytes | Callable[[], bytes]
    ) -> None:
        self._site, self._request, self._now, self._entropy = site, request, now, entropy
        self.visitor, self.consent = visitor, visitor.consent
        self.notices: list[Notice] = list(site.cookie.notices)
        self._route = route = site.endpoints.match(request)
        if route is not None:
            self.body_limit, self._inner = route.body_limit, request
            self.inner_needs_body = self._navigation = False
            return
        destination = request.header("sec-fetch-dest")
        accept = None if destination else request.header("accept")
        self.inner_needs_body = self._navigation = caching.asks_for_document(destination, accept)
        self._removed = visitor.removed
        changes = self._navigation or visitor.removed or request.has_any(caching.TAGGED)
        self._inner = self._made_inner(visitor.cookies) if changes else request

    # An own endpoint.

    def receive(self, body: bytes) -> None:
        """Takes the request's body, whole: for an own endpoint, once."""
        if self._route is None:
            raise UsageError("this request is the app's, it has no body for us; see `body_limit`")
        if self._answer is not None:
            raise UsageError("the request's body was received already; it decides once")
        self._answer = self._site.endpoints.answer(
            self._route,
            self._request,
            self.consent,
            body,
            now=self._now,
            entropy=self._entropy if isinstance(self._entropy, bytes) else self._entropy(),
        )
        self.notices += self._answer.notices

    @property
    def effects(self) -> tuple[Effect, ...]:
        """The store work to run now, in order; then call `resolve`."""
        if self._answer is None:
            raise UsageError("call `receive` with the request's body before asking for its effects")
        return self._answer.effects

    def resolve(self, results: Sequence[object] | StoreError) -> None:
        """Takes what the effects gave, one result each, or the error that ended them."""
        if self._answer is None:
            raise UsageError("call `receive` with the request's body before resolving its effects")
        self._reply = self._deleting(self._answer.finish(results))

    @property
    def reply(self) -> Response:
        """The answer of an own endpoint, after `resolve`."""
        if self._reply is None:
            raise UsageError("call `resolve` before asking for the reply")
        return self._reply

    @property
    def decided(self) -> Decided | None:
        """The decision that the effects prove, if the request made one; of use to the driver after `resolve`."""
        return None if self._answer is None else self._answer.decided

    # The app's answer.

    @property
    def inner(self) -> Request:
        """The request as the app shall see it: refused cookies gone, validators mapped back."""
        return self._inner

    def start(self, status: int, headers: Headers) -> Head:
        """Takes the head of the app's answer and gives the one to send.

        Before any byte was fed it may be called again, with the head of an error page that replaces the first.
        """
        if self._route is not None:
            raise UsageError("this request is not the app's: answer it with `reply`; see `body_limit`")
        if self._fed:
            raise UsageError("a head cannot follow the body's first bytes")
        self._started = True
        fields = {key.lower(): value for key, value in headers}
        if (
            CONCERNING.isdisjoint(fields)
            and len(fields) == len(headers)
            and status != NOT_MODIFIED
            and not self._removed
            and is_inert(fields.get("content-type"))
        ):
            self._answered, self._body, self.passthrough = None, None, True
            return Head(status, headers)
        policy = self._site.policy
        if len(fields) != len(headers):
            fields = joined(headers)
        xml = policy.on_unreadable == "block"  # it is shown or not shown, never changed
        treated = treatment(self._request.method, status, fields.get, navigation=self._navigation, xml=xml)
        if policy.no_transform == "honour" and caching.no_transform(headers):
            treated = Treatment.UNREADABLE if treated is Treatment.UNREADABLE else Treatment.PASS
        if treated is Treatment.UNREADABLE:
            self.notices.append(self._unreadable())
            if policy.on_unreadable == "block":
                return self._refuse()
        if self._removed or "set-cookie" in fields:
            headers = self._cookies(headers)
        contacting = not links.HANDLED.isdisjoint(fields)
        if contacting:
            headers = links.filter_headers(headers, self._view.decider, url=self._view.url)
        if "location" in fields:
            headers = self._view.led(status, headers)
        is_page = treated is Treatment.REWRITE
        self._answered, self._body, self.passthrough = fields if is_page else None, None, not is_page
        head = self._view.described(Head(status, headers), treated)
        return self._view.for_everybody(head) if contacting else head

    def hint(self, headers: Headers) -> Headers:
        """Takes the fields of an interim answer (103, R160c) and gives those to send; also before `start`."""
        return links.filter_headers(headers, self._view.decider, url=self._view.url)

    def may_push(self, path: str) -> bool:
        """Whether the server may push what stands at this path: it may be a service's under the site's own host."""
        return links.may_push(path, self._view.decider, url=self._view.url)

    def feed(self, data: bytes) -> bytes:
        """Takes bytes of the body and gives those that can leave now, perhaps none; after `close` none of a page."""
        if not self._started:
            raise UsageError("call `start` with the answer's head before feeding its body")
        if data:
            self._fed = True
        if self.passthrough:
            return data
        if self._body is None and self._unread is None and 0 < len(data) <= MAX_FIRST:
            return self._first(data)
        return self._read(data)

    def _read(self, data: bytes) -> bytes:
        body = self._reading
        return b"" if body is None else body.feed(data)

    def _first(self, piece: bytes) -> bytes:
        """What leaves of a page's first piece, at once where it is known: then it is read when the next one comes."""
        pieces, answered = self._site.first_pieces, self._answered
        key = None if answered is None else self._view.page_key(answered, piece)
        if key is not None and (made := pieces.get(key, piece)) is not None:
            self._unread = piece, len(made)
            return made
        made = self._read(piece)
        if key is not None and made and isinstance(self._body, RewrittenBody) and self._body.error is None:
            pieces.keep(key, piece, made)
        return made

    def whole(self, data: bytes) -> bytes:
        """Takes a body of any length in one piece, and gives all of it: what `feed` and `finish` give."""
        key = None
        if self._answered is not None and self._body is None and len(data) <= MAX_PAGE:
            key = self._view.page_key(self._answered, data)
        if key is None:
            return b"".join([*map(self.feed, slices(data)), self.finish()])
        made = self._site.whole_pages.get(key, data)
        if made is None:
            made = self._read(data) + self.finish()
            if isinstance(self._body, RewrittenBody) and self._body.error is None:
                self._site.whole_pages.keep(key, data, made)
        self._fed = True
        return made

    def finish(self) -> bytes:
        """Ends the body and gives its last bytes."""
        body = self._reading
        last = b"" if body is None else body.finish()
        if isinstance(body, RewrittenBody) and body.error is not None:
            self.notices.append(self._unreadable(body.error))
        self.notices += self._site.rules.notices()
        return last

    def close(self) -> None:
        """Lets go of what is held back: the visitor has gone, or the app failed, or all is done."""
        self._answered = self._body = self._unread = None

    # What these are made of.

    @property
    def _reading(self) -> RewrittenBody | FixedBody | None:
        if self._body is None and self._answered is not None:
            self._body = self._view.rewriting(self._answered)
            if self._unread is not None:
                self._body.catch_up(*self._unread)
                self._unread = None
        return self._body

    @cached_property
    def _view(self) -> View:
        return View(self._site, self._request, self.consent, self._now, self.notices)

    def _made_inner(self, cookies: str | None) -> Request:
        request = self._request
        headers: Headers | None = None
        if caching.is_conditional(request):
            state = self._view.state_hash
            headers = caching.request_headers(request.headers, navigation=self._navigation, state_hash=state)
        elif self._navigation:
            headers = caching.for_page(request.headers)
        if self._removed:
            headers = without(request.headers if headers is None else headers, "cookie")
            if cookies is not None:
                headers = (*headers, ("Cookie", cookies))
        return request if headers is None else request.with_headers(headers)

    def _cookies(self, headers: Headers) -> Headers:
        """The app's cookies judged, and the refused ones of the visitor expired."""
        gate, request = self._site.gate, self._request
        headers, notices = gate.outgoing(headers, self.consent, secure=request.scheme == "https", now=self._now)
        self.notices += notices
        # Not with scripts and pictures: a cookie in their answers would keep them out of every shared cache.
        if not self._removed or caching.is_subresource(request.header("sec-fetch-dest")):
            return headers
        # Nor with what the shared mode lets such caches keep: some do so in spite of a cookie, and give it to others.
        if self._site.policy.mode == "shared" and request.method in CACHED_METHODS and not caching.is_private(headers):
            return headers
        return (*headers, *self._deletions(self._removed, self._path))

    @property
    def _path(self) -> str:
        return quote(self._request.root_path + self._request.path, safe=PATH_CHARACTERS)

    def _deletions(self, names: Sequence[str], path: str) -> Headers:
        """The fields that delete these cookies, also in the folders of a path."""
        request, gate = self._request, self._site.gate
        expired = gate.expiries(names, request.host, path=path, secure=request.scheme == "https", now=self._now)
        return tuple([("Set-Cookie", value) for value in expired])

    def _deleting(self, reply: Response) -> Response:
        """Our answer with the refused cookies expired where pages do not do it: in shared mode, after a decision."""
        decided, gate = self.decided, self._site.gate
        if self._site.policy.mode != "shared" or decided is None or reply.status >= FAILED:
            return reply
        _, refused = gate.incoming(self._request.header("cookie"), decided.consent)
        unseen = [name for name in gate.elsewhere(self._path, decided.consent) if name not in refused]
        # No cookie is set for a folder of ours.
        expired = (*self._deletions(refused, ""), *self._deletions(unseen, ""))[:MAX_EXPIRIES]
        return Response(reply.status, (*reply.headers, *expired), reply.body)

    def _unreadable(self, error: ConsentKitError | None = None) -> Notice:
        path, what_happens = self._request.path, self._site.policy.on_unreadable
        if isinstance(error, RefusedXmlError):
            return Notice("unreadable", path, f"The document at {path} was not shown: {error}")
        message = (
            f"The page at {path} cannot be read, so nobody can see whom it contacts; what becomes of it is "
            f'`on_unreadable = "{what_happens}"`. Let the app send it whole, as text/html in an encoding like UTF-8, '
            "and uncompressed or in gzip, deflate, br or zstd (the last two with the extra [codings])."
        )
        return Notice("unreadable", path, message)

    def _refuse(self) -> Head:
        """Our page in the place of one that cannot be read."""
        response = failure(500, UNREADABLE, self._request, self._site.pages)
        self.passthrough = self._request.method == "HEAD"  # which has no body: the length in the head is GET's
        self._answered, self._body = None, None if self.passthrough else FixedBody(response.body)
        return Head(response.status, response.headers)


@lru_cache(CACHED_TYPES)
def is_inert(content_type: str | None) -> bool:
    """Whether no browser makes a page, a document or a worker of it, whatever it was asked for."""
    return not (may_be_page(content_type) or csp.is_document_or_worker(content_type))
