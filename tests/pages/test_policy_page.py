"""The policy page."""

from __future__ import annotations

from consentkit.pages.render import Pages
from tests.pages.markup import find, one, parse, text
from tests.pages.policies import full_policy
from tests.policies import service


def test_the_policy_without_a_page_around_it() -> None:
    """For a page of the site's own there are the policy's headings and texts alone, the same as in ours."""
    pages = Pages(full_policy())
    inner = pages.policy_html("", inner=True).strip()
    assert inner.startswith("<h1>")
    assert not any(tag in inner for tag in ("<html", "<head", "<body", "<main"))
    titles = [[text(h) for h in find(parse(html), "h2")] for html in (inner, pages.policy_html(""))]
    assert titles[0] == titles[1] != []
    assert "?sort" not in inner  # the page around it would have to be sorted by us


def test_dozens_of_hosts_stand_behind_a_press() -> None:
    """A service with many hosts shows some and their number; all of them are in the page, without a script."""
    hosts = [f"h{number}.example" for number in range(40)]
    policy = full_policy(services=[service("counter", "numbers", hosts=hosts)])
    fold = one(one(parse(Pages(policy).policy_html("")), "dd", class_="ck-hosts"), "details")
    assert "(40)" in text(one(fold, "summary"))
    assert "h30.example" not in text(one(fold, "summary"))
    assert all(host in text(fold) for host in hosts)
