"""What inline code names."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consentkit.blocking import Blocker, Grant, compile_policy
from consentkit.html.decision import Block, Kind
from tests.blocking.declared import RULES, policy


@pytest.mark.parametrize("signature", ["x(", "a.b", "(", "éa(", "longword", "'$,'", "a-b", "_q"])
def test_any_signature(signature: str) -> None:
    """Any signature is found in code, long, short or strange, wherever a word may begin."""
    rules = compile_policy(policy([{"id": "odd", "purposes": ["numbers"], "inline": [signature]}]))
    blocker = Blocker(rules, Grant())

    for text in (signature, f";{signature};", f"if(1){signature}_word", "\n" + signature):
        assert blocker.decide_inline(text, Kind.SCRIPT) == Block("odd", ("numbers",))
    assert blocker.decide_inline("unrelated = [];", Kind.SCRIPT) is None


@given(st.text(st.sampled_from("tally'h i(x;/\\.ékino"), max_size=40), st.text(max_size=20))
def test_signatures_are_found_between_any_text(before: str, after: str) -> None:
    """A signature behind anything but a word's letter is found."""
    block = Blocker(RULES, Grant()).decide_inline(f"{before} tally('hit'{after}", Kind.SCRIPT)

    assert block is not None


VENDOR_CODE = [
    ("google-analytics", ("(function(i,s,o,g,r,a,m){i['GoogleAnalyticsObject']=r;})(window,document,'script',"
                         "'https://www.google-analytics.com/analytics.js','ga');ga('create','UA-1-1','auto');")),
    ("google-analytics", "var _gaq=_gaq||[];_gaq.push(['_setAccount','UA-1-1']);"),
    ("google-analytics", ("window.dataLayer=window.dataLayer||[];function gtag(){dataLayer.push(arguments)}"
                         "gtag('js',new Date());gtag('config','G-1');")),
    ("google-tag-manager", "(function(w,d,s,l,i){w[l]=w[l]||[];w[l].push({'gtm.start':new Date().getTime()})})(window)"),
    ("twitter", ("!function(d,s,id){var js;if(!d.getElementById(id)){js=d.createElement(s);js.id=id;"
                "js.src='https://platform.twitter.com/widgets.js'}}(document,'script','twitter-wjs');")),
    ("facebook", ("(function(d,s,id){var js=d.createElement(s);js.id=id;"
                 "js.src='//connect.facebook.net/en_US/sdk.js#xfbml=1'}(document,'script','facebook-jssdk'));")),
    ("facebook-pixel", "fbq('init','1');fbq('track','PageView');"),
    ("linkedin-insight", "_linkedin_partner_id = '1';"),
    ("google-plus-one", ("window.___gcfg={lang:'de'};(function(){var po=document.createElement('script');"
                        "po.src='https://apis.google.com/js/plusone.js'})();")),
    ("youtube", "var tag=document.createElement('script');tag.src='https://www.youtube.com/iframe_api';"),
    ("hotjar", "(function(h,o,t,j,a,r){h._hjSettings={hjid:1,hjsv:6}})(window,document)"),
]  # fmt: skip


@pytest.mark.parametrize(("service", "text"), VENDOR_CODE)
def test_code_of_vendors(service: str, text: str) -> None:
    """The snippets that vendors publish are known for what they are."""
    rules = compile_policy()
    block = Blocker(rules, rules.grant([]), site="site.example").decide_inline(text, Kind.SCRIPT)

    assert block is not None
    assert service == block.service
