"""Addresses of ours, wherever an app is mounted, and the way back from them."""

from __future__ import annotations

import pytest

from consentkit.pages.addresses import RETURN, Addresses, home, leading_back
from tests.policies import make_policy


@pytest.mark.parametrize(
    ("root_path", "url"),
    [
        ("", "/_ck/decide"),
        ("/shop", "/shop/_ck/decide"),
        ("/my shop/ä", "/my%20shop/%C3%A4/_ck/decide"),
        ("/a;sandbox;b,c", "/a%3Bsandbox%3Bb%2Cc/_ck/decide"),
    ],
)
def test_an_endpoint_stands_below_the_mount_point(root_path: str, url: str) -> None:
    """The path that the app is mounted at comes first, percent-encoded so that it ends no directive of a policy."""
    assert url == Addresses(make_policy(), "/_ck").url(root_path, "decide")


@pytest.mark.parametrize(("declared", "path"), [(None, "/s/_ck/policy"), ("/privacy", "/s/privacy")])
def test_the_policy_stands_where_its_owner_says(declared: str | None, path: str) -> None:
    """`policy_path` is below the mount point as well; without one the policy is an endpoint like others."""
    assert path == Addresses(make_policy(policy_path=declared), "/_ck").policy("/s")


def test_a_kept_part_leads_back_to_each_page() -> None:
    """In a field the path stands as HTML has it, in a link percent-encoded, and what stands for it is gone."""
    kept = f'<input value="{RETURN}"><a href="?return=%EE%80%80return%EE%80%81">'
    assert '<input value="/a?b=1&amp;c"><a href="?return=/a%3Fb%3D1%26c">' == leading_back(kept, "", "/a?b=1&c")


@pytest.mark.parametrize("elsewhere", ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:x"])
def test_no_part_leads_to_another_site(elsewhere: str) -> None:
    """What is no path of this site leads to where the app begins."""
    assert f'"{home("/shop")}"' == leading_back(f'"{RETURN}"', "/shop", elsewhere)
