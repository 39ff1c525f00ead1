"""Whoever shares what was judged before gets the bytes, the report and the notices that everybody gets alone."""

from __future__ import annotations

import random
import threading
from typing import Any, Final

import pytest

from consentkit.blocking import Blocker, Rules
from consentkit.html.charset import UnreadableEncodingError
from consentkit.html.options import Embed, Options
from consentkit.html.rewriter import Rewriter
from consentkit.html.stretches import Stretches
from tests.drivers.policies import small_policy
from tests.html.deciders import Banner
from tests.html.test_rewriter import PIECES

POLICY: Final = small_policy(
    sites=["brightwash.example", "other.example"],
    purposes=[
        {"id": "analytics", "title": "Counting", "summary": "We count.", "text": "We count visits."},
        {"id": "ads", "title": "Adverts", "summary": "We show.", "text": "We show adverts."},
    ],
    services=[
        {
            "id": "counter", "name": "Counter", "provider": "Counter Inc", "purposes": ["analytics"],
            "hosts": ["counter.example", "brightwash.example/stats/", "*.cdn.example/c/*.js"], "inline": ["track("],
        },
        {
            "id": "adverts", "name": "Adverts", "provider": "Adverts Inc", "purposes": ["ads"],
            "hosts": ["adverts.example", "cdn.example", "other.example/ads/pixel"], "inline": ["push("],
        },
    ],
)  # fmt: skip
GRANTS: Final[list[Any]] = [[], ["analytics"], ["ads"], ["counter"], "*"]
PAGES: Final = [
    "https://brightwash.example/", "http://brightwash.example/a/b", "https://brightwash.example:8443/a/",
    "https://brightwash.example/stats/x", "https://other.example/ads/p", "https://www.other.example/q?name=ann",
]  # fmt: skip
OPTIONS: Final = [
    Options(), Options(), Options(report=0), Options(report=4), Options(lazy=frozenset({"data-src"})),
    Options(trusted_types=True), Options(csp=lambda value: f"{value} 'nonce-a'"),
    Options(embeds=(Embed("*", "data-show", "https://adverts.example/{}"), Embed("x-film", "data-id", "//counter.example/{}"))),
]  # fmt: skip
URLS: Final = [
    "//third.test/", "https://counter.example/x?", "http://adverts.example/", "//a.cdn.example/c/", "/stats/", "stats/",
    "ads/pixel", "../stats/", "a/", "?q=", "//brightwash.example/stats/", "/%73tats/", "&#47;stats/", "https:rel/",
    "data:text/html,<img src=//third.test/x>", "//www.google-analytics.com/analytics.js", "\\\\third.test\\",
]  # fmt: skip
TAGS: Final = [
    '<img src="{}a.png">', "<img src={}a>", '<script src="{}a.js"></script>', '<link rel="stylesheet" href="{}a.css">',
    '<iframe src="{}f"></iframe>', "<p style=\"background:url('{}b')\">x</p>", "<style>a{b:url({}x)}</style>",
    '<img srcset="{}a 1x, {}b 2x" src="{}c">', '<video poster="{}p" src="{}v"></video>', '<base href="{}">',
    '<noscript><img src="{}n"></noscript>', '<div data-src="{}l">x</div>', '<div data-show="{}e">x</div>',
    '<x-film data-id="{}">', '<body background="{}bg">', '<object data="{}o"></object>', '<td background="{}t">',
    '<script type=module>import "{}m.js"</script>', '<script>fetch("{}f")</script>', '<svg><image href="{}"/></svg>',
    '<iframe srcdoc="<img src={}s>"></iframe>', '<meta http-equiv=refresh content="1;url={}">',
]  # fmt: skip
OTHERS: Final = [
    "<!doctype html>", "<html>", "<head>", "</head>", "<body>", "<title>t</title>", "<meta charset=utf-8>", "<frameset>",
    "<meta charset=shift_jis>", '<meta name=referrer content="no-referrer">', "<meta charset=gbk>", "é\x82\\",
    "<meta http-equiv=Content-Security-Policy content=\"require-trusted-types-for 'script'\">", "<script nonce=n1>track(1)</script>",
    '<script nonce="n2">push(2)</script>', "<script>var x=1</script>", '<input name="token" value="t1">', '<input name="token" value="t2">',
    "<p>some words, and no more</p>", '<ul class="a"><li><a href=/a>a</a><li><a href=/b>b</a></ul>', "<script></SCRIPT >", "<style></style\n>",
]  # fmt: skip


class Sized(Banner):
    """A banner before whose service's scripts something is inserted, too."""

    showing = frozenset({"counter"})


def rules(stretches: Stretches | None = None) -> Rules:
    """The rules of the policy, which remember what is given."""
    made = Rules(POLICY)
    made.stretches = stretches or Stretches()
    return made


def through(
    made: Rules, page: bytes, *, grant: Any = (), url: str = PAGES[0], cuts: tuple[int, ...] = (), alone: bool = False,
    **more: Any,
) -> tuple[object, ...]:  # fmt: skip
    """What becomes of a page: bytes, report, count. ``alone``: nothing is remembered."""
    blocker = Blocker(made, made.grant(grant))
    if alone:
        blocker.stretches = None  # type: ignore[assignment]
    rewriter = Rewriter(blocker, url=url, **more)
    try:
        out = [rewriter.feed(page[start:end]) for start, end in zip((0, *cuts), (*cuts, len(page)), strict=True)]
        whole = b"".join([*out, rewriter.finish()])
    except UnreadableEncodingError as error:
        return (error.encoding,)
    return whole, sorted((line.offset, repr(line)) for line in rewriter.blocked), rewriter.blocked_count


def piece(chance: random.Random) -> str:
    """Something that a page is made of."""
    kind = chance.random()
    if kind < 0.55:
        return chance.choice(TAGS).replace("{}", chance.choice(URLS))
    return chance.choice(OTHERS if kind < 0.85 else PIECES)


@pytest.mark.parametrize("seed", range(24))
def test_sharing_changes_nothing(seed: int) -> None:
    """Pages of the same parts, of any visitor, cut anywhere, come out and are told of as where nothing is shared."""
    chance = random.Random(seed)
    stretch, head = chance.choice([(1, 3), (20, 8), (60, 16), (300, 64)])
    shared, apart = rules(Stretches(stretch, chance.choice([32 << 20, 32 << 20, 9000, 30_000]), head)), rules()
    parts = ["".join(piece(chance) for _ in range(chance.randint(1, 9))) for _ in range(4)]
    for _ in range(8):
        text = "".join(chance.choice(parts) if chance.random() < 0.8 else piece(chance) for _ in range(3))
        page = text.encode(chance.choice(["utf-8", "latin-1"]), "replace")
        for _ in range(2):
            few = chance.choice([0, 0, 4, 30])
            more = {
                "grant": chance.choice(GRANTS), "url": chance.choice(PAGES), "options": chance.choice(OPTIONS),
                "cuts": tuple(sorted(chance.randrange(len(page)) for _ in range(few))),
                "charset": chance.choice(["utf-8", "utf-8", None, "windows-1252", "shift_jis"]),
                "inserter": chance.choice([None, Banner(), Sized()]), "document": chance.choice([None, None, True, False]),
            }  # fmt: skip
            assert through(apart, page, alone=True, **more) == through(shared, page, **more)
            assert apart.notices() == shared.notices()


def test_nothing_of_one_page_reaches_another() -> None:
    """What differs between two visitors' pages, in whatever place, comes from each visitor's own page."""
    shared, apart = rules(Stretches(stretch=40, head=16)), rules()
    page = (
        '<p class="greeting">Hello {0}</p><input type="hidden" name="token" value="{0}"><script>var user = "{0}"</script>'
        '<img src="https://third.test/{0}.png"><a data-user="{0}" href="/{0}">your page</a><img src="//third.test/a.png">'
    )
    for name in ("ann-1", "bob-2", "ann-1", "cyd-3", "ann-1", "dee-4"):
        mine = (page.replace("{0}", name) + page.replace("{0}", "everybody")).encode()
        url = f"https://brightwash.example/{name}?{name}"
        given = through(shared, mine, url=url)
        assert through(apart, mine, url=url, alone=True) == given
        assert not [other for other in ("ann-1", "bob-2", "cyd-3", "dee-4") if other != name and other in repr(given)]
    assert "brightwash.example/" not in repr(shared.stretches.parts())


def test_the_host_of_a_base_is_told() -> None:
    """Where a page's relative URLs go to a host that nobody declared, the owner is told of it."""
    made = rules()
    through(made, b'<base href="https://third.test/"><p>text</p><img src="a.png"><img src="b.png">')

    assert ["third.test"] == [notice.subject for notice in made.notices()]


@pytest.mark.parametrize("limit", [0, 2, 5])
def test_what_is_read_again_leaves_known_lines(limit: int) -> None:
    """A noscript that turns out not to be plain takes back its own lines, and none of a known stretch before it."""
    shared, options = rules(Stretches(stretch=20, head=8)), Options(report=limit)
    known = b'<p class="a">text</p><img src="https://third.test/a"><img src="https://third.test/b"><p>more</p><title>t</title>'
    for _ in range(3):
        through(shared, known, options=options)
    page = known + b'<noscript><img src="//third.test/c"><img src="//third.test/d"><b data-ck-x></noscript>'

    assert through(rules(), page, options=options, alone=True) == through(shared, page, options=options)


def test_the_memory_counts_what_is_told() -> None:
    """Addresses that take more in the report than in the page, and ever new hosts and lines, are within the bound."""
    limit = 200_000
    shared = rules(Stretches(stretch=40, limit=limit, head=16))
    for number in range(30):
        page = b'<p class="%02d-abcdefghijkl">x</p><td background="//third.test/%s"><p>y</p>' % (number, b"\xff" * 4000)
        for _ in range(2):
            through(shared, page, url=f"https://{number}.brightwash.example/")
        kept = [each for part in shared.stretches.parts() for known in part.values() for each in known]
        lines = [repr(each.lines).replace(r"\xff", "?") for each in kept]  # bytes that are kept as such are each one
        assert sum(len(each.raw) for each in kept) + sum(map(len, lines)) <= limit


def test_threads_share_what_is_remembered() -> None:
    """Pages that several threads read at once, with a memory that is full all the time, are each as they should be."""
    chance, shared = random.Random(7), rules(Stretches(stretch=30, limit=12_000, head=8))
    parts = ["".join(piece(chance) for _ in range(6)) for _ in range(6)]
    pages = ["".join(chance.choice(parts) for _ in range(4)).encode() for _ in range(12)]
    expected = [through(rules(), page, alone=True) for page in pages]
    wrong = list[bytes]()

    def visitor(number: int) -> None:
        order = random.Random(number)
        for _ in range(40):
            at = order.randrange(len(pages))
            if through(shared, pages[at], cuts=(len(pages[at]) // 2,)) != expected[at]:
                wrong.append(pages[at])

    threads = [threading.Thread(target=visitor, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [] == wrong
