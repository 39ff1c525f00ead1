"""What was judged before is taken as it was: nothing but the time may change."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consentkit.html.decision import Block
from consentkit.html.options import Embed, Options
from consentkit.html.rewriter import Rewriter
from consentkit.html.stretches import ALIKE, Stretches
from tests.html.deciders import Banner, KnowsHosts, run
from tests.html.invariants import EVERY_PIECE

IMAGE = b'<p class="a">text</p><img src="https://third.test/a.png"><img src="https://site.test/b.png">'


class Remembers(KnowsHosts):
    """A decider that lets stretches be kept, the shortest too, looked up by very few bytes."""

    def __init__(self, stretches: Stretches | None = None, state: object = None) -> None:
        super().__init__()
        self.stretches = stretches or Stretches(stretch=1, head=3)
        self.state = state

    @property
    def kept(self) -> list[bytes]:
        """The bytes of every stretch that is kept."""
        return [each.raw for part in self.stretches.parts() for known in part.values() for each in known]


#: What only the general way can judge, or what depends on where it stands and who inserts something.
GENERAL = (
    "<iframe src=//third.test/f title=x></iframe>", "<object data=//third.test/o><p>", "</object>", '<base href="sub/">',
    '<iframe srcdoc="&lt;img src=odd.png>&lt;base href=sub/>"></iframe>', '<svg><use xlink:href="/s.svg#a"/></svg>',
    "<noscript><iframe src=//third.test/n></iframe></noscript>", "<noscript><img src=//third.test/q><plaintext",
    "<select><option>a</select>", '<link rel="preconnect dns-prefetch" href="//third.test">', "<!--ck[-->",
    "<meta http-equiv='Content-Security-Policy' content=\"require-trusted-types-for 'script'\">",
    "<script>document.write('<!--')</script>", '<div data-src="//third.test/w"></div>', "<p>text and text</p>" * 3,
)  # fmt: skip
pieces = st.lists(st.sampled_from((*EVERY_PIECE, *GENERAL, *GENERAL)), min_size=1, max_size=6).map("".join)
templates = st.lists(pieces, min_size=1, max_size=5)


@given(
    templates, st.lists(st.lists(st.integers(0, 4), max_size=6), min_size=2, max_size=6), st.integers(1, 60), st.data()
)
def test_what_is_remembered_changes_nothing(
    template: list[str], pages: list[list[int]], chunk: int, data: st.DataObject
) -> None:
    """Pages put together from the same parts come out as from an engine that remembers nothing, whole or in pieces."""
    decider = Remembers()
    for order in pages:
        page = "".join(template[index % len(template)] for index in order).encode("utf-8", "replace")
        if page[:2] in {b"\xff\xfe", b"\xfe\xff"}:
            continue
        size = data.draw(st.sampled_from((0, 0, chunk)))
        inserter = data.draw(st.sampled_from((None, Banner())))
        url = data.draw(st.sampled_from(("https://site.test/page", "https://other.test/page", "http://site.test/a/b")))
        kept, new = (
            run(page, who, chunk=size, inserter=inserter, url=url) for who in (decider, KnowsHosts())
        )  # fmt: skip
        assert new[0] == kept[0]
        told = [{(line.offset, line) for line in rewriter.blocked} for _, rewriter in (new, kept)]
        assert told[0] == told[1]


def test_nothing_is_kept_at_first_sight() -> None:
    """A page that came once leaves the beginnings of its stretches; when it comes again the stretches are kept."""
    decider = Remembers()
    run(IMAGE, decider)
    assert decider.kept == []

    run(IMAGE, decider)
    assert IMAGE == b"".join(decider.kept)


def test_a_known_stretch_asks_nobody() -> None:
    """Neither the decider nor the expressions are asked for what is known."""
    decider = Remembers()
    page = IMAGE + b"<script>track()</script>"
    first = run(page, decider)[0]
    run(page, decider)
    decider.texts.clear()
    decider.asked.clear()

    assert first == run(page, decider)[0]
    assert not decider.asked
    assert not decider.texts


def test_short_stretches_are_not_kept() -> None:
    """What takes no longer to judge than to compare is not kept."""
    decider = Remembers(Stretches())
    for _ in range(3):
        run(b"<p>text</p><img src=//third.test/a>", decider)

    assert decider.kept == []


@pytest.mark.parametrize(
    "tag",
    [
        '<meta name="a" content="b">', "<meta charset=utf-8>", '<meta http-equiv="Content-Type" content="text/html"/>', "<title>x</title>",
        '<link rel="stylesheet" href="//third.test/c.css">', "<style>a{b:url(//third.test/x)}</style>", "<!-- x -->",
        "<script src='//third.test/s.js'></script>", "<script>track()</script>", '<meta http-equiv="refresh" content="1;//third.test/">',
        "<noscript><img src=//third.test/n></noscript>", "<template><img src=//third.test/t></template>", "</head>", "text",
        "<base href='//third.test/'>", "<title>&lt;</title>", "</script>", "<META NAME=a>", "<!--ck[-->", "</html>", "<body>",
    ],
)  # fmt: skip
def test_a_head_is_read_as_tag_by_tag(tag: str) -> None:
    """With something to insert, every tag in a head that was passed over in one step stays what it was."""
    page = f"<!doctype html><html><head>{tag}<script>track()</script>{tag}<title>a</title>{tag}<p>text<img src=/a></p>"
    whole = run(page, KnowsHosts(), inserter=Banner())[0]
    decider = Remembers()

    assert [whole] * 3 == [run(page, decider, inserter=Banner())[0] for _ in range(3)]
    assert whole == run(page, KnowsHosts(), inserter=Banner(), chunk=1)[0]


@pytest.mark.parametrize("change", ["state", "url", "options", "charset", "base"])
def test_a_stretch_holds_only_where_it_was_judged(change: str) -> None:
    """Another state of consent, another site, other options: everything is judged again."""
    decider = Remembers()
    page = b'<img src="//third.test/a"><img data-src="//third.test/b"><img src="/c"><script src="/d"></script>'
    for _ in range(3):
        run(page, decider)
    other = Remembers(decider.stretches, "other" if change == "state" else None)
    if change == "state":
        other.hosts = ("third.test",)
    url = "https://other.test/" if change == "url" else "https://site.test/page"
    options = Options(lazy=frozenset({"data-src"})) if change == "options" else None
    charset = "windows-1252" if change == "charset" else "utf-8"
    if change == "base":
        page = b'<base href="https://other.test/">' + page
    fresh = KnowsHosts(*other.hosts)

    assert run(page, fresh, url=url, options=options, charset=charset)[0] == run(
        page, other, url=url, options=options, charset=charset
    )[0]  # fmt: skip


def test_a_relative_url_that_its_folder_decides_is_judged_each_time() -> None:
    """The same bytes on two pages of one site, whose folders make two URLs of them."""

    class Folders(Remembers):
        """Blocks one folder of the site."""

        def usual(self, host: str) -> tuple[Block | None, re.Pattern[bytes] | None]:
            """Almost everything on the site may be fetched."""
            return (None if self.whole_host(host) else Block(host=host)), re.compile(rb"odd")

        def whole_host(self, host: str) -> bool:
            """None: there is a folder."""
            return False

        def decide(self, resource: object, mark: object = None) -> Block | None:
            """By the path."""
            return Block(host="site.test") if "/closed/" in getattr(resource, "path") else None  # noqa: B009

    decider = Folders()
    page = b'<p>text</p><img src="odd.png"><p>text</p>'
    opened = [run(page, decider, url="https://site.test/open/page")[0] for _ in range(3)]
    closed = run(page, decider, url="https://site.test/closed/page")[0]

    assert [page] * 3 == opened
    assert b"data-ck-src" in closed


def test_a_lone_sign_is_text_by_what_follows() -> None:
    """A stretch never ends where the next byte would have made it something else."""
    decider = Remembers()
    for _ in range(3):
        run(b"<b>1</b> < <i>2</i> <", decider)
    for page in (b"<b>1</b> <img src=//third.test/a>", b"<b>1</b> < <i>2</i> <img src=//third.test/a>"):
        assert run(page, KnowsHosts())[0] == run(page, decider)[0]


def test_the_end_of_a_script_is_known_by_what_follows_it() -> None:
    """Where an odd end tag closed a script, that tag belongs to the stretch."""
    decider = Remembers()
    for _ in range(3):
        run(b"<p>a</p><script src=/a></SCRIPT ><p>b</p>", decider)
    page = b"<p>a</p><script src=/a>'</script x><img src=//third.test/a>"

    assert run(page, KnowsHosts())[0] == run(page, decider)[0]


def test_the_memory_is_bounded() -> None:
    """When it is full it begins anew, and goes on being right."""
    decider = Remembers(Stretches(stretch=1, limit=4000, head=16))
    for number in range(60):
        page = b'<p>%d</p><img src="https://third.test/%d">' % (number, number) * 3
        for _ in range(2):
            assert run(page, KnowsHosts())[0] == run(page, decider)[0]
        assert sum(map(len, decider.kept)) <= 4000


def test_stretches_that_begin_alike_are_few() -> None:
    """No beginning has more than so many stretches."""
    decider = Remembers(Stretches(stretch=40, head=16))
    for number in range(2 * ALIKE):
        for _ in range(2):
            run(b"<p>the same begin</p><img src=/%d><p>and some more text behind it</p>" % number, decider)

    assert max(len(known) for part in decider.stretches.parts() for known in part.values()) <= ALIKE


@pytest.mark.parametrize("limit", [0, 1, 3, 5, 100])
def test_the_report_of_known_stretches_is_as_long_as_any(limit: int) -> None:
    """The first lines are kept, all are counted, and relative URLs are told by the page that they are on."""
    decider = Remembers()
    page = b"<p>a</p>" + b"".join(b'<img src="//third.test/%d"><p>text</p>' % number for number in range(6)) + b"<svg>"
    page += b'</svg><img src="//third.test/last">'
    options = Options(report=limit)
    fresh = run(page, KnowsHosts(), options=options)[1]
    for _ in range(3):
        known = run(page, decider, options=options)[1]
        assert [(line.offset, line) for line in fresh.blocked] == [(line.offset, line) for line in known.blocked]
        assert 7 == fresh.blocked_count == known.blocked_count


def test_a_memory_of_no_bytes_remembers_nothing() -> None:
    """Each page is judged as if it were the first."""
    decider = Remembers(Stretches(stretch=1, limit=0, head=3))
    for _ in range(4):
        decider.texts.clear()
        run(IMAGE + b"<script>track()</script>" + IMAGE, decider)
        assert ["track()"] == decider.texts


ODD = (
    b"<svg><use xlink:href='/sprite.svg#a'/></svg><script src='javascript:track()'></script><object data=//third.test/o></object>"
    b"<input type=image src='//third.test/i'><select><option>a</option></select><iframe src='javascript:void(0)'></iframe><video src=//third.test/v>"
)


def test_what_only_the_general_way_can_judge_is_part_of_a_stretch() -> None:
    """SVG, odd attributes and embeds stand in the middle of a stretch, and nobody is asked for them again."""
    decider = Remembers(Stretches(stretch=4096, head=16))
    page = IMAGE + ODD + b"<p>end</p>"
    first = run(page, KnowsHosts())
    for _ in range(3):
        run(page, decider)
    decider.texts.clear()
    decider.asked.clear()
    known = run(page, decider)

    assert [page] == decider.kept
    assert first[0] == known[0]
    assert [(line.offset, line) for line in first[1].blocked] == [(line.offset, line) for line in known[1].blocked]
    assert not decider.asked
    assert not decider.texts


@pytest.mark.parametrize(
    "tag",
    [
        '<iframe src="//third.test/f" title=a></iframe>', "<object data=//third.test/o>", '<base href="/sub/">',
        "<iframe srcdoc='&lt;img src=odd.png&gt;'></iframe>", "<noscript><iframe src=//third.test/n></iframe></noscript>",
        "<noscript><img src=//third.test/n>", "<div data-src=//third.test/w></div>", "<span data-src=//third.test/w></span>",
        '<meta http-equiv="Content-Security-Policy" content="default-src *">', "<form action='odd.php'>",
        "<iframe src='javascript:\"<img src=odd.png>\"'></iframe>", "<script>document.write('<!--')</script>", "<!--ck[-->",
        "<video src=//third.test/v></video>", "<template><img src=//third.test/t></template>", "<frameset>", "<body>",
    ],
)  # fmt: skip
def test_what_depends_on_more_than_its_bytes_is_judged_each_time(tag: str) -> None:
    """Placeholders, names of frames, what a folder or an option decides: as if nothing were remembered."""
    decider = Remembers(Stretches(stretch=200, head=8))
    page = IMAGE + tag.encode() + IMAGE + b"<p>text</p>" + tag.encode() + IMAGE
    options = [
        Options(embeds=(Embed("div", "data-src"), Embed("span", "data-other"))), Options(report=2), None,
        Options(embeds=(Embed("div", "data-other"), Embed("span", "data-src"))), Options(trusted_types=True),
        Options(lazy=frozenset({"data-src"})), Options(csp=lambda policy: policy + "; script-src 'self'"),
    ]  # fmt: skip
    for turn in range(6):
        for option in options:
            for inserter in (None, Banner()):
                url = ("https://site.test/page", "https://site.test/closed/page")[turn % 2]
                before = b"<p>more</p>" * (turn % 3)
                kept, new = (
                    run(before + page, who, inserter=inserter, options=option, url=url)
                    for who in (decider, KnowsHosts())
                )
                assert new[0] == kept[0]
                assert {(line.offset, line) for line in new[1].blocked} == {
                    (line.offset, line) for line in kept[1].blocked
                }


def test_how_deep_documents_are_looked_into_is_part_of_the_way() -> None:
    """A document in an attribute that one engine looked into is blocked by one that may not."""
    decider = Remembers(Stretches(stretch=10_000, head=8))
    page = IMAGE + b"<iframe srcdoc='&lt;p&gt;text'></iframe>" + IMAGE

    def through(depth: int) -> bytes:
        rewriter = Rewriter(decider, url="https://site.test/page", charset="utf-8", max_depth=depth)
        return rewriter.feed(page) + rewriter.finish()

    deep = [through(5) for _ in range(4)]
    assert b"data-ck-srcdoc" not in deep[-1]
    assert [b"data-ck-srcdoc" in through(0) for _ in range(3)] == [True] * 3


def test_stretches_are_found_by_what_came_behind_the_last_one() -> None:
    """Many stretches that begin alike are all known where one follows the other as before, and compared all the same."""
    decider = Remembers(Stretches(stretch=40, head=16))
    items = [
        b"<p>the same begin</p><img src=//third.test/%d><p>and some more text behind it</p>" % at for at in range(6)
    ]
    for _ in range(3):
        run(b"".join(items), decider)
    decider.asked.clear()
    run(b"".join(items), decider)
    assert not decider.asked
    for order in ((5, 4, 3, 2, 1, 0), (0, 0, 1, 1), (3, 1, 5)):
        page = b"<i>x</i>".join(items[at] for at in order)
        assert run(page, KnowsHosts())[0] == run(page, decider)[0]


def test_what_is_forgotten_holds_nothing() -> None:
    """When the memory begins anew, stretches that came one behind the other do not keep each other."""
    stretches = Stretches(stretch=1, head=3)
    decider = Remembers(stretches)
    for _ in range(4):
        run(IMAGE + b"<p>text</p>" + IMAGE, decider)
    kept = [each for part in stretches.parts() for known in part.values() for each in known]
    assert any(each.after for each in kept)
    stretches.make_room(1 << 30)

    assert not any(each.after for each in kept)
    assert stretches.parts() == []
