"""Tags with more attributes than anybody writes."""

from __future__ import annotations

import pytest

from consentkit.html.crowds import MAX_ATTRIBUTES
from consentkit.html.restore import restore
from tests.html.deciders import Banner, Everything, KnowsHosts, hosts, run

#: Two are those of the tags below.
FEW = " a" * (MAX_ATTRIBUTES - 2)
MANY = " a" * (MAX_ATTRIBUTES - 1)
TAGS = [
    "<img{} src=//third.test/a style=x>", "<p{} style='background:url(//third.test/a)' b>", "<svg{} fill='url(//third.test/a)' style>",
    "<script{} src=//third.test/a c></script>", "<body{} background=//third.test/a c>", "<amp-img{} src=//third.test/a c>",
    "<svg><image{} href=//third.test/a fill='url(//third.test/b)' /></svg>", "<source{} src=//third.test/a c>",
    "<link{} rel=icon href=//third.test/a>", "<iframe{} src=//third.test/a c></iframe>", "<P{} ONload='//third.test/a' c>",
]  # fmt: skip


@pytest.mark.parametrize("tag", TAGS)
def test_to_the_limit_each_is_judged(tag: str) -> None:
    """With as many attributes as there may be, the tag is like any other."""
    page = tag.format(FEW).encode()

    assert "third.test" in hosts(page)
    assert page == run(page, Everything())[0]
    assert page == restore(run(page)[0])


@pytest.mark.parametrize("tag", TAGS)
def test_beyond_it_the_element_means_nothing(tag: str) -> None:
    """With one more, neither the element nor any attribute that fetches everywhere has its name, allowed or not."""
    page = ("<!doctype html><b>" + tag.format(MANY)).encode()
    output, rewriter = run(page)
    name = tag.partition("{")[0].rpartition("<")[2].encode()

    assert b"<data-ck-" + name in output
    assert b"<" + name not in output
    assert all(b" " + each not in output for each in (b"style=", b"background=", b"fill=", b"ONload="))
    assert 1 == sum(not line.block.host for line in rewriter.blocked)
    assert output == run(page, Everything())[0]
    assert page == restore(output)


@pytest.mark.parametrize("tag", TAGS)
@pytest.mark.parametrize("many", [FEW, MANY])
def test_the_cut_does_not_matter(tag: str, many: str) -> None:
    """The same bytes whole and in pieces, by the short way and by the general one, in both forms of the expressions."""
    page = "<!doctype html><html><head><title>a</title>" + tag.format(many) + "<p>" + tag.format(many)
    whole = run(page)[0]

    assert whole == run(page, chunk=1009)[0]
    assert whole == run(page, chunk=700, atomic=True)[0]
    assert whole == run(page, KnowsHosts(), chunk=5000)[0]
    assert run(page, inserter=Banner())[0] == run(page, inserter=Banner(), chunk=1009)[0]


def test_text_behind_it_is_markup() -> None:
    """A script that is none any more hides no markup."""
    page = f"<script{MANY} a b>'<img src=//third.test/a>'</script>"

    assert b"<img data-ck-" in run(page)[0]


@pytest.mark.parametrize("page", [
    "<title{}>x</title>", "<svg{}><g></g></svg>", "<select{}><option></select>", "<meta{} name=b content=c>", "<p{} c d>",
    "<math{}><mi>x</mi></math>", "<svg><g{} c d></g></svg>", "<textarea{} c></textarea>",
])  # fmt: skip
@pytest.mark.parametrize("count", [520, MAX_ATTRIBUTES + 1])
def test_what_is_passed_over_is_the_same_in_pieces(page: str, count: int) -> None:
    """Whether a whole element is at hand or not makes no difference."""
    for before in ("", "<!doctype html><html><head>", "<p>"):
        data = before + page.format(' a=""' * count) + "<p>"
        assert run(data)[0] == run(data, chunk=1777)[0]
