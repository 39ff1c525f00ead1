"""The catalogue: its facts hold together, and it finds what real pages contact."""

from __future__ import annotations

import importlib.util
import re
import subprocess
import sys
import tomllib
from collections import Counter
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from publicsuffixlist import PublicSuffixList

from consentkit.blocking import Blocker, compile_policy
from consentkit.html.decision import Kind, Resource
from consentkit.html.urls import parse_url
from consentkit.policy import catalogue
from consentkit.policy.models import Service, seconds

FOLDER = files("consentkit") / "data" / "services"
DOCUMENTS: dict[str, dict[str, Any]] = {
    entry.name: tomllib.loads(entry.read_text(encoding="utf-8")) for entry in FOLDER.iterdir()
}
TABLES: list[dict[str, Any]] = [table for document in DOCUMENTS.values() for table in document.get("services", ())]
SERVICES = catalogue.services()
ALIASES: dict[str, str] = {alias: id_ for doc in DOCUMENTS.values() for alias, id_ in doc.get("aliases", {}).items()}
PURPOSES = {purpose.id: purpose for purpose in catalogue.default_purposes()}

SHORTEST_SIGNATURE = 5
LONGEST_LIFETIME = seconds("30 years")
#: Hosts where anybody can put anything: naming one would let in more than its owner.
OPEN_HOSTS = [
    "amazonaws.com", "s3.amazonaws.com", "cloudfront.net", "akamaihd.net", "akamaized.net", "azureedge.net",
    "blob.core.windows.net", "azurewebsites.net", "core.windows.net", "googleapis.com", "storage.googleapis.com",
    "appspot.com", "web.app", "firebaseapp.com", "github.io", "gitlab.io", "pages.dev", "workers.dev", "netlify.app",
    "vercel.app", "herokuapp.com", "fastly.net", "b-cdn.net", "cachefly.net", "llnwd.net", "edgesuite.net", "bit.ly",
    "tinyurl.com", "goo.gl", "t.co", "msecnd.net", "vo.msecnd.net",
]  # fmt: skip
#: Names that a site's own cookies have: without its domain such a cookie of a vendor would be taken for the site's.
COMMON_COOKIES = re.compile(
    r"(?:[a-z]{1,2}|[A-Z]|uid|user_?id|lang|language|locale|session(?:_?id)?|sid|token|auth|id|visitor(?:_?id)?|theme|"
    r"csrf_?token|_?csrf|XSRF-TOKEN|JSESSIONID|PHPSESSID|ASP\.NET_SessionId|player|presence|remember(?:_me)?|cart)",
)
#: What an issue of the project promised, whatever else comes and goes.
PROMISED = [
    "google-analytics", "google-tag-manager", "google-ads", "doubleclick", "google-fonts", "google-maps",
    "google-recaptcha", "youtube", "twitter", "google-plus-one", "facebook", "facebook-pixel", "linkedin-share",
    "linkedin-insight", "pinterest-pin", "instagram", "flickr", "slideshare", "vimeo", "tiktok-embed", "tiktok-pixel",
    "disqus", "addthis", "sharethis", "gravatar", "hotjar", "clarity", "bing-uet", "matomo", "plausible", "hubspot",
    "intercom", "stripe", "paypal", "cloudflare", "jsdelivr", "cdnjs", "unpkg", "font-awesome", "adobe-fonts",
    "soundcloud", "spotify", "openstreetmap", "mailchimp",
]  # fmt: skip


def owner(url: str) -> str:
    """The service that a URL belongs to when nothing is granted."""
    parsed = parse_url(url, None)
    assert parsed is not None
    resource = Resource(parsed.href, parsed.host, parsed.path, Kind.SCRIPT, "script", "src")
    rules = compile_policy()
    block = Blocker(rules, rules.grant([]), site="site.example").decide(resource)
    return block.service if block else ""


def test_ids() -> None:
    """Every service has its own id; they come sorted, and each is found by it."""
    ids = [table["id"] for table in TABLES]

    assert [] == [id_ for id_, number in Counter(ids).items() if number > 1]
    assert sorted(ids) == [service.id for service in SERVICES]
    assert SERVICES is not catalogue.services()
    assert SERVICES == catalogue.services()
    assert all(service == catalogue.service(service.id) for service in SERVICES)
    assert catalogue.service("no-such-service") is None


def test_size() -> None:
    """At least 400 services are known, and those promised by name."""
    assert len(SERVICES) >= 400
    assert set() == set(PROMISED) - {service.id for service in SERVICES}


def test_ids_are_no_purposes() -> None:
    """No service has the id of a purpose: a grant could not tell them apart."""
    assert set() == {service.id for service in SERVICES} & set(PURPOSES)


@pytest.mark.parametrize("name", sorted(name for name, document in DOCUMENTS.items() if "services" in document))
def test_files(name: str) -> None:
    """Each file has its services in the order of their ids and nothing else, so that a change is found in one place."""
    ids = [table["id"] for table in DOCUMENTS[name]["services"]]

    assert ["services"] == list(DOCUMENTS[name])
    assert sorted(ids) == ids


def test_complete() -> None:
    """Each service says who provides it, what it does, what it learns, why, and where, and how to recognise it."""
    incomplete = {
        service.id
        for service in SERVICES
        if not (service.provider and service.description and service.data and service.privacy_url)
        or not (service.hosts or service.inline)
    }

    assert set() == incomplete


def test_verified_names_its_document() -> None:
    """A service with a day has an address of a public document that was compared with it."""
    verified = [service for service in SERVICES if service.verified]

    assert verified
    assert [] == [service.id for service in verified if not re.fullmatch(r"https://\S+", service.source or "")]


def test_purposes() -> None:
    """Services serve only the purposes that have ready texts, and every such purpose has services."""
    used = {purpose for service in SERVICES for purpose in service.purposes}

    assert set(PURPOSES) == used
    assert {"analytics", "marketing", "social", "media", "functional"} == used
    assert all(cookie.purpose is None for service in SERVICES for cookie in service.cookies)


def test_default_purposes() -> None:
    """The ready purposes need consent, are asked in the banner, and only a signal against selling ends marketing."""
    assert all(not purpose.exempt and purpose.asked == "banner" for purpose in PURPOSES.values())
    assert {"sale", "share", "targeted_ads", "profiling"} == set(PURPOSES["marketing"].opt_out or ())
    assert all("you" in purpose.text and "refuse" in purpose.text for purpose in PURPOSES.values())


@pytest.mark.parametrize("language", catalogue.ready_languages())
def test_ready_texts_in_other_languages(language: str) -> None:
    """A language has every text of every purpose, in words of its own, and nothing else differs."""
    said = catalogue.default_purposes(language)
    texts = {"title", "summary", "text"}
    for english, purpose in zip(PURPOSES.values(), said, strict=True):
        assert english.model_dump(exclude=texts) == purpose.model_dump(exclude=texts)
        same = {key for key in texts if getattr(english, key) == getattr(purpose, key)}
        assert same == (texts if language == "en" else set())
        assert 0.8 < len(purpose.text) / len(english.text) < 1.5
    assert said == catalogue.default_purposes(f"{language}-XX")
    assert (catalogue.ready_dnt_response(language) is None) == (language == "en")
    assert len(catalogue.ready_languages()) > 5


def test_ready_texts_where_there_are_none() -> None:
    """In a language without texts they are English, whatever the language is called."""
    for language in ("fi", "", "../en", "x-klingon"):
        assert catalogue.default_purposes(language) == tuple(PURPOSES.values())


def test_tag_managers_need_all_that_they_can_load() -> None:
    """A container is loaded with consent to measurement and to advertising, unless its owner says what it holds (R5)."""
    for id_ in ("google-tag-manager", "adobe-launch", "tealium"):
        assert (service := catalogue.service(id_)) is not None
        assert ("analytics", "marketing") == service.purposes


def test_fonts_and_libraries_have_a_hint() -> None:
    """Whoever loads fonts from elsewhere is told that they can be hosted at home (R4)."""
    for id_ in ("google-fonts", "font-awesome", "cdnjs", "jsdelivr", "unpkg", "jquery-cdn", "bootstrap-cdn"):
        assert (service := catalogue.service(id_)) is not None
        assert service.hint is not None
        assert "yourself" in service.hint


def test_no_host_twice() -> None:
    """A host pattern belongs to one service: which of two is contacted could not be told."""
    owners: dict[str, list[str]] = {}
    for service in SERVICES:
        for pattern in service.hosts:
            owners.setdefault(pattern.removeprefix("*.").rstrip("/"), []).append(service.id)

    assert {} == {pattern: ids for pattern, ids in owners.items() if len(ids) > 1}


def test_host_patterns() -> None:
    """Patterns name hosts somebody registered, lower case, without scheme and port, and none where anybody may publish."""
    suffixes = PublicSuffixList(only_icann=True)
    wrong = []
    for service in SERVICES:
        for pattern in service.hosts:
            host, slash, path = pattern.removeprefix("*.").partition("/")
            named = re.fullmatch(r"[a-z0-9_*-]+(?:\.[a-z0-9_*-]+)+", host) and suffixes.privatesuffix(
                host.replace("*", "x")
            )
            anywhere = host == "*" and len(path) > len("x.js")
            if "//" in pattern or not (named or anywhere) or (host in OPEN_HOSTS and not slash):
                wrong.append((service.id, pattern))

    assert [] == wrong


def test_every_pattern_decides() -> None:
    """A URL on each pattern belongs to its service: no pattern stands in the shadow of another."""
    wrong = []
    for service in SERVICES:
        for pattern in service.hosts:
            host, slash, path = pattern.partition("/")
            host = "elsewhere.example" if host == "*" else host.replace("*.", "a.").replace("*", "1")
            found = owner(f"https://{host}/{path.replace('*', 'x') if slash else 'x.js'}")
            if found != service.id:
                wrong.append((pattern, service.id, found))

    assert [] == wrong


OWNERS = [
    ("https://www.google-analytics.com/analytics.js", "google-analytics"),
    ("https://ssl.google-analytics.com/ga.js", "google-analytics"),
    ("https://region1.google-analytics.com/g/collect", "google-analytics"),
    ("https://stats.g.doubleclick.net/dc.js", "google-analytics"),
    ("https://www.googletagmanager.com/gtag/js?id=G-1", "google-analytics"),
    ("https://www.googletagmanager.com/gtag/js?id=AW-1", "google-ads"),
    ("https://www.googletagmanager.com/gtm.js?id=GTM-1", "google-tag-manager"),
    ("https://www.googletagmanager.com/ns.html?id=GTM-1", "google-tag-manager"),
    ("https://googleads.g.doubleclick.net/pagead/viewthroughconversion/1/", "google-ads"),
    ("https://www.googleadservices.com/pagead/conversion.js", "google-ads"),
    ("https://securepubads.g.doubleclick.net/tag/js/gpt.js", "google-ad-manager"),
    ("https://1234.fls.doubleclick.net/activityi;src=1", "doubleclick"),
    ("https://pagead2.googlesyndication.com/pagead/js/adsbygoogle.js", "google-adsense"),
    ("https://pagead2.googlesyndication.com/tag/js/gpt.js", "google-ad-manager"),
    ("https://fonts.googleapis.com/css?family=Lato", "google-fonts"),
    ("https://fonts.gstatic.com/s/lato/v1/a.woff2", "google-fonts"),
    ("https://ajax.googleapis.com/ajax/libs/jquery/3/jquery.js", "google-hosted-libraries"),
    ("https://ajax.googleapis.com/ajax/libs/webfont/1/webfont.js", "google-fonts"),
    ("https://www.google.com/maps/embed?pb=1", "google-maps"),
    ("https://www.google.de/maps/embed?pb=1", "google-maps"),
    ("https://maps.google.co.uk/maps?q=x&output=embed", "google-maps"),
    ("https://maps.googleapis.com/maps/api/js", "google-maps"),
    ("https://www.google.com/recaptcha/api.js", "google-recaptcha"),
    ("https://www.gstatic.com/recaptcha/releases/1/recaptcha.js", "google-recaptcha"),
    ("https://apis.google.com/js/plusone.js", "google-plus-one"),
    ("https://apis.google.com/js/api.js", "google-sign-in"),
    ("https://www.youtube-nocookie.com/embed/x", "youtube"),
    ("https://i.ytimg.com/vi/x/hqdefault.jpg", "youtube"),
    ("https://player.vimeo.com/video/1", "vimeo"),
    ("https://i.vimeocdn.com/video/1.jpg", "vimeo"),
    ("https://live.staticflickr.com/1/2_3.jpg", "flickr"),
    ("https://farm3.static.flickr.com/1/2_3.jpg", "flickr"),
    ("https://embedr.flickr.com/assets/client-code.js", "flickr"),
    ("https://www.flickr.com/badge_code_v2.gne?count=3", "flickr"),
    ("https://www.slideshare.net/slideshow/embed_code/key/x", "slideshare"),
    ("https://connect.facebook.net/en_US/sdk.js", "facebook"),
    ("https://connect.facebook.net/en_US/fbevents.js", "facebook-pixel"),
    ("https://connect.facebook.net/signals/config/1", "facebook-pixel"),
    ("https://connect.facebook.net/en_US/sdk/xfbml.customerchat.js", "facebook-chat"),
    ("https://www.facebook.com/plugins/like.php?href=x", "facebook"),
    ("https://www.facebook.com/tr?id=1&noscript=1", "facebook-pixel"),
    ("https://www.facebook.com/tr/?id=1", "facebook-pixel"),
    ("https://www.facebook.com/translations/", "facebook"),
    ("https://platform.twitter.com/widgets.js", "twitter"),
    ("https://static.ads-twitter.com/uwt.js", "twitter-pixel"),
    ("https://t.co/i/adsct?txn_id=1", "twitter-pixel"),
    ("https://t.co/abc", ""),
    ("https://platform.linkedin.com/in.js", "linkedin-share"),
    ("https://px.ads.linkedin.com/collect/?pid=1", "linkedin-insight"),
    ("https://assets.pinterest.com/js/pinit.js", "pinterest-pin"),
    ("https://s.pinimg.com/ct/core.js", "pinterest-tag"),
    ("https://ct.pinterest.com/v3/?tid=1", "pinterest-tag"),
    ("https://www.instagram.com/embed.js", "instagram"),
    ("https://bat.bing.com/action/0?ti=1", "bing-uet"),
    ("https://www.bing.com/maps/embed", "bing-maps"),
    ("https://stats.own.example/matomo.js", "matomo"),
    ("https://name.disqus.com/embed.js", "disqus"),
    ("https://js-eu1.hs-scripts.com/1.js", "hubspot"),
    ("https://js.hsforms.net/forms/v2.js", "hubspot-forms"),
    ("https://analytics.tiktok.com/i18n/pixel/events.js", "tiktok-pixel"),
    ("https://www.tiktok.com/embed.js", "tiktok-embed"),
    ("https://www.redditstatic.com/ads/pixel.js", "reddit-pixel"),
    ("https://cdnjs.cloudflare.com/ajax/libs/x/1/x.js", "cdnjs"),
    ("https://static.cloudflareinsights.com/beacon.min.js", "cloudflare-analytics"),
    ("https://challenges.cloudflare.com/turnstile/v0/api.js", "cloudflare-turnstile"),
    ("https://notyoutube.com/embed/x", ""),
    ("https://youtube.com.evil.example/embed/x", ""),
]


@pytest.mark.parametrize(("url", "service"), OWNERS)
def test_owners(url: str, service: str) -> None:
    """Where products share a host, the path tells them apart; a longer name is another host."""
    assert service == owner(url)


def test_own_pages_of_vendors() -> None:
    """A vendor's pages are first party to themselves; a program that runs anywhere is known there as well."""
    rules = compile_policy()
    blocker = Blocker(rules, rules.grant([]), site="vimeo.com")
    for path, service in [("/api/v2/a.js", ""), ("/piwik.js", "matomo")]:
        resource = Resource(f"https://vimeo.com{path}", "vimeo.com", path, Kind.SCRIPT, "script", "src")
        block = blocker.decide(resource)
        assert service == (block.service if block else "")


def test_signatures_are_unique_and_long_enough() -> None:
    """A signature gives one service away and is no word that code has by chance."""
    signatures = Counter(text for service in SERVICES for text in service.inline)

    assert [] == [text for text, number in signatures.items() if number > 1]
    assert [] == [text for text in signatures if len(text) < SHORTEST_SIGNATURE]
    assert [] == [text for text in signatures if len(re.sub(r"\W", "", text)) < 4]


INNOCENT = [
    "var s_cc = 1; s.t();",
    "function ga(name) { return name; } ga('menu');",
    "const ym = (year, month) => year * 12 + month; ym(2026, 11);",
    "document.documentElement.className = document.documentElement.className.replace('no-js', 'js');",
    "window.dataLayer = window.dataLayer || []; function gtag(){dataLayer.push(arguments);}",
    "gtag('consent', 'default', {'ad_storage': 'denied', 'analytics_storage': 'denied'});",
    "window.dataLayer = window.dataLayer || []; dataLayer.push({'page': 'home', 'event': 'view'});",
    "if (window.location.protocol !== 'https:') { window.location.protocol = 'https:'; }",
    "var _q = []; _q.push(function () { init(); }); window._config = {lang: 'de'};",
    "jQuery.extend(Drupal.settings, {'css': {'https://fonts.googleapis.com/css?family=Arvo': 1}});",
    "var mc4wp_forms_config = {'ajax': true}; var wpcf7 = {'apiSettings': {'root': '/wp-json/'}};",
    "var theme = localStorage.getItem('theme') || 'light'; document.body.dataset.theme = theme;",
    "$(function () { $('.slider').slick({dots: true, autoplay: true, speed: 300}); });",
    "new Swiper('.gallery', {loop: true, pagination: {el: '.swiper-pagination'}});",
    "navigator.serviceWorker.register('/sw.js').then(function (r) { console.log(r.scope); });",
    "var map = L.map('map').setView([53.5, 10], 13); L.tileLayer('/tiles/{z}/{x}/{y}.png').addTo(map);",
    "var share = {twitter: 'https://twitter.com/intent/tweet?url=', facebook: 'https://www.facebook.com/sharer.php?u='};",
    "window.__INITIAL_STATE__ = {'user': null, 'videos': ['https://www.youtube.com/watch?v=abc']};",
    "requirejs.config({baseUrl: '/static/js', paths: {jquery: 'jquery.min'}});",
    "window.ga = window.ga || function () { (ga.q = ga.q || []).push(arguments); }; ga.l = +new Date;",
    "document.querySelector('form').addEventListener('submit', e => { fetch('/api/contact', {method: 'POST'}); });",
    "var player = new MediaElementPlayer('player1'); jwplayer('box').setup({file: '/films/a.mp4'});",
    "window.addEventListener('load', () => setTimeout(() => document.body.classList.add('ready'), 0));",
    "var stripe = {width: 3, colour: 'red'}; var intercom = new Doorbell(); var crisp = true;",
    "const chart = new Chart(context, {type: 'bar', data: {labels: ['clarity', 'heap', 'segment']}});",
    "googlefc = {}; var google = {}; var fb = document.getElementById('fb-root'); var tt = 'tooltip';",
    "if (typeof _satellite !== 'undefined' || window.ethnicity) { track(); }",
    "var settings = {pixel: 4, tag: 'h1', analytics: false, marketing: null, consent: 'unknown'};",
    "$.getJSON('/api/rates.json', function (data) { $('#rate').text(data.pay + data.drip); });",
    "function onclickShare(e) { window.open(this.href, 'share', 'width=600,height=400'); return false; }",
]


@pytest.mark.parametrize("code", INNOCENT)
def test_innocent_code(code: str) -> None:
    """Code that contacts nobody is left alone, however much its names remind of vendors'."""
    assert [] == [(each.id, text) for each in SERVICES for text in each.inline if text in code]
    rules = compile_policy()
    assert Blocker(rules, rules.grant([]), site="site.example").decide_inline(code, Kind.SCRIPT) is None


GUILTY = [
    ("google-analytics", "i['GoogleAnalyticsObject']=r;"),
    ("google-analytics", "_gaq.push(['_trackPageview']);"),
    ("google-analytics", "gtag('config', 'G-1');"),
    ("google-analytics", 'gtag("config","UA-1-1");'),
    ("google-analytics", "gtag( 'config', 'G-1' );"),
    ("google-analytics", "ga('create', 'UA-1-1', 'auto');"),
    ("google-analytics", "var t = _gat._getTracker('UA-1-1');"),
    ("google-ads", "gtag('config', 'AW-1');"),
    ("google-ads", "var google_conversion_id = 1;"),
    ("google-tag-manager", "w[l].push({'gtm.start': new Date().getTime()});"),
    ("google-adsense", "(adsbygoogle = window.adsbygoogle || []).push({});"),
    ("google-ad-manager", "googletag.cmd.push(function () {});"),
    ("facebook-pixel", "fbq('init', '1');"),
    ("facebook", "}(document, 'script', 'facebook-jssdk'));"),
    ("facebook", "window.fbAsyncInit = function () {};"),
    ("twitter", "js.src = 'https://platform.twitter.com/widgets.js';"),
    ("twitter", "}(document, 'script', 'twitter-wjs');"),
    ("google-plus-one", "window.___gcfg = {lang: 'de'};"),
    ("linkedin-share", "s.src = '//platform.linkedin.com/in.js';"),
    ("linkedin-insight", "_linkedin_partner_id = '1';"),
    ("pinterest-pin", "p.src = '//assets.pinterest.com/js/pinit.js';"),
    ("pinterest-tag", "pintrk('load', '1');"),
    ("instagram", "window.instgrm.Embeds.process();"),
    ("flickr", "s.src = 'https://www.flickr.com/badge_code_v2.gne?count=3';"),
    ("hotjar", "h._hjSettings = {hjid: 1, hjsv: 6};"),
    ("clarity", "})(window, document, 'clarity', 'script', '1'); // https://www.clarity.ms/tag/"),
    ("bing-uet", "window.uetq = window.uetq || [];"),
    ("matomo", "_paq.push(['trackPageView']);"),
    ("disqus", "var disqus_shortname = 'name';"),
    ("disqus", "s.src = '//' + name + '.disqus.com/embed.js';"),
    ("intercom", "window.intercomSettings = {app_id: '1'};"),
    ("hubspot-forms", "hbspt.forms.create({portalId: '1'});"),
    ("tiktok-pixel", "ttq.load('1');"),
    ("addthis", "var addthis_config = {};"),
    ("sharethis", "stLight.options({publisher: '1'});"),
    ("yandex-metrica", "w.yaCounter1 = new Ya.Metrika({id: 1});"),
    ("mailchimp", "}(document, 'script', 'https://chimpstatic.com/mcjs-connected/js/users/1.js');"),
]


@pytest.mark.parametrize(("id_", "code"), GUILTY)
def test_published_snippets(id_: str, code: str) -> None:
    """The telling line of each vendor's snippet gives it away."""
    service = catalogue.service(id_)

    assert service is not None
    assert any(text in code for text in service.inline)


def test_cookies() -> None:
    """Each cookie is explained, has a lifetime within reason, and a pattern that fits no cookie of the site's own."""
    wrong = []
    for service in SERVICES:
        names = Counter((cookie.name, cookie.domain) for cookie in service.cookies)
        wrong += [(service.id, name, "twice") for (name, _), number in names.items() if number > 1]
        for cookie in service.cookies:
            if not cookie.description.endswith("."):
                wrong.append((service.id, cookie.name, "description"))
            if cookie.max_age is not None and not 0 < cookie.max_age <= LONGEST_LIFETIME:
                wrong.append((service.id, cookie.name, "lifetime"))
            if cookie.domain is None and (
                COMMON_COOKIES.fullmatch(cookie.name) or len(cookie.name.replace("*", "").strip("_-.")) < 2
            ):
                wrong.append((service.id, cookie.name, "could be the site's own"))
            if cookie.domain is not None and not re.fullmatch(r"[a-z0-9-]+(?:\.[a-z0-9-]+)+", cookie.domain):
                wrong.append((service.id, cookie.name, "domain"))

    assert [] == wrong


LIFETIMES = [
    ("google-analytics", "_ga", "2 years"),
    ("google-analytics", "_gid", "24 hours"),
    ("google-analytics", "_gat", "1 minute"),
    ("google-ads", "test_cookie", "15 minutes"),
    ("google-ads", "_gcl_au", "90 days"),
    ("bing-uet", "_uetsid", "1 day"),
    ("bing-uet", "_uetvid", "390 days"),
    ("vimeo", "vuid", "2 years"),
    ("facebook-pixel", "_fbp", "90 days"),
    ("clarity", "_clck", "1 year"),
    ("hotjar", "_hjSession_*", "30 minutes"),
    ("matomo", "_pk_id*", "13 months"),
    ("hubspot", "__hstc", "6 months"),
    ("youtube", "VISITOR_INFO1_LIVE", "6 months"),
]


@pytest.mark.parametrize(("id_", "name", "lifetime"), LIFETIMES)
def test_lifetimes(id_: str, name: str, lifetime: str) -> None:
    """Lifetimes are those the vendors publish."""
    service = catalogue.service(id_)

    assert service is not None
    assert [lifetime] == [cookie.lifetime for cookie in service.cookies if cookie.name == name]


def test_vendors_read_what_they_keep() -> None:
    """Cookies of a vendor are read by the vendor (R22); those of a program on the site's own server are not."""
    for service in SERVICES:
        at_home = service.id in {"matomo", "mautic"}
        assert all(cookie.third_party != at_home for cookie in service.cookies), service.id


WATCHED = [
    ("youtube", "https://www.youtube-nocookie.com/embed/abc-def_123?rel=0", "https://www.youtube.com/watch?v=abc-def_123"),
    ("youtube", "https://www.youtube.com/embed/videoseries?list=PL1", None),
    ("youtube", "https://www.youtube.com/", None),
    ("vimeo", "https://player.vimeo.com/video/123?title=0", "https://vimeo.com/123"),
    ("dailymotion", "https://www.dailymotion.com/embed/video/x1ab", "https://www.dailymotion.com/video/x1ab"),
    ("dailymotion", "https://geo.dailymotion.com/player/x9.html?video=x1ab", "https://www.dailymotion.com/video/x1ab"),
    ("twitch", "https://player.twitch.tv/?parent=a.example&channel=some_one", "https://www.twitch.tv/some_one"),
    ("ted", "https://embed.ted.com/talks/some_one_on_glass", "https://www.ted.com/talks/some_one_on_glass"),
    ("loom", "https://www.loom.com/embed/0a1b", "https://www.loom.com/share/0a1b"),
    ("vidyard", "https://play.vidyard.com/AbC1?v=3", "https://share.vidyard.com/watch/AbC1"),
    ("arte", "https://www.arte.tv/embeds/fr/012345-000-A?autoplay=1", "https://www.arte.tv/fr/videos/012345-000-A/"),
    ("bilibili", "https://player.bilibili.com/player.html?aid=1&bvid=BV1x", "https://www.bilibili.com/video/BV1x"),
    ("coub", "https://coub.com/embed/1a2b?muted=false", "https://coub.com/view/1a2b"),
    ("internet-archive", "https://archive.org/embed/some.item_1", "https://archive.org/details/some.item_1"),
    ("niconico", "https://embed.nicovideo.jp/watch/sm9", "https://www.nicovideo.jp/watch/sm9"),
    ("odysee", "https://odysee.com/$/embed/@a:1/film:2?r=3", "https://odysee.com/@a:1/film:2"),
    ("rutube", "https://rutube.ru/play/embed/0a1b", "https://rutube.ru/video/0a1b/"),
    ("streamable", "https://streamable.com/e/ab1", "https://streamable.com/ab1"),
    ("youku", "https://player.youku.com/embed/XMTI=", "https://v.youku.com/v_show/id_XMTI=.html"),
    ("peertube", "https://peertube.tv/videos/embed/0a-1b", "https://peertube.tv/videos/watch/0a-1b"),
    ("ok-ru", "https://ok.ru/videoembed/12", "https://ok.ru/video/12"),
    ("soundcloud", "https://w.soundcloud.com/player/?auto_play=false&url=https%3A//soundcloud.com/some-one/a-song",
     "https://soundcloud.com/some-one/a-song"),
    ("soundcloud", "https://w.soundcloud.com/player/?url=https%3A//api.soundcloud.com/tracks/1", None),
    ("spotify", "https://open.spotify.com/embed/track/1Ab?theme=0", "https://open.spotify.com/track/1Ab"),
    ("acast", "https://embed.acast.com/a-show/an-episode", "https://shows.acast.com/a-show/an-episode"),
    ("anchor", "https://anchor.fm/show/embed/episodes/One-e1", "https://anchor.fm/show/episodes/One-e1"),
    ("apple-music", "https://embed.music.apple.com/de/album/a/1?app=music", "https://music.apple.com/de/album/a/1"),
    ("audiomack", "https://audiomack.com/embed/some-one/song/a-song", "https://audiomack.com/some-one/song/a-song"),
    ("buzzsprout", "https://www.buzzsprout.com/1/episodes/2-name?client_source=x", "https://www.buzzsprout.com/1/2"),
    ("deezer", "https://widget.deezer.com/widget/auto/track/1", "https://www.deezer.com/track/1"),
    ("mixcloud", "https://www.mixcloud.com/widget/iframe/?hide_cover=1&feed=%2Fsome-one%2Fa-mix%2F",
     "https://www.mixcloud.com/some-one/a-mix/"),
    ("tidal", "https://embed.tidal.com/tracks/1", "https://tidal.com/browse/track/1"),
    ("transistor", "https://share.transistor.fm/e/0a1b", "https://share.transistor.fm/s/0a1b"),
    ("google-maps", "https://www.google.com/maps/embed?pb=!1m18!1m12!1m3!1d2624.9!2d2.29!3d48.85!2m3!1f0!3m2!1i10!2i7",
     "https://www.google.com/maps/search/?api=1&query=48.85,2.29"),
    ("openstreetmap", "https://www.openstreetmap.org/export/embed.html?bbox=9.9%2C53.5%2C10%2C53.6&layer=mapnik",
     "https://www.openstreetmap.org/?bbox=9.9%2C53.5%2C10%2C53.6"),
    ("komoot", "https://www.komoot.com/de-de/tour/12/embed?profile=1", "https://www.komoot.com/tour/12"),
    ("strava", "https://www.strava.com/activities/12/embed/0a", "https://www.strava.com/activities/12"),
    ("slideshare", "https://www.slideshare.net/slideshow/embed_code/key/aB1?x=1",
     "https://www.slideshare.net/slideshow/embed_code/key/aB1"),
    ("flickr", "https://live.staticflickr.com/65535/512_0ab_b.jpg", "https://www.flickr.com/photo.gne?id=512"),
    ("flickr", "https://farm4.static.flickr.com/3/512_0ab_m.jpg", "https://www.flickr.com/photo.gne?id=512"),
    ("flickr", "https://c2.staticflickr.com/2/3/512_0ab.jpg", "https://www.flickr.com/photo.gne?id=512"),
    ("flickr", "https://embedr.flickr.com/photos/512", "https://www.flickr.com/photo.gne?id=512"),
    ("airtable", "https://airtable.com/embed/shr1?backgroundColor=red", "https://airtable.com/shr1"),
    ("calameo", "https://v.calameo.com/?bkcode=0001a&mode=mini", "https://www.calameo.com/read/0001a"),
    ("canva", "https://www.canva.com/design/DA1/0a/view?embed", "https://www.canva.com/design/DA1/0a/view"),
    ("codepen", "https://codepen.io/some-one/embed/preview/aBc?height=300", "https://codepen.io/some-one/pen/aBc"),
    ("codesandbox", "https://codesandbox.io/embed/a-box-1?x=1", "https://codesandbox.io/s/a-box-1"),
    ("datawrapper", "https://datawrapper.dwcdn.net/aB1/2/", "https://datawrapper.dwcdn.net/aB1/"),
    ("documentcloud", "https://embed.documentcloud.org/documents/1-name/?embed=1",
     "https://embed.documentcloud.org/documents/1-name"),
    ("flourish", "https://flo.uri.sh/visualisation/1/embed", "https://public.flourish.studio/visualisation/1/"),
    ("giphy", "https://giphy.com/embed/aB1", "https://giphy.com/gifs/aB1"),
    ("google-drive-docs", "https://docs.google.com/forms/d/e/1a/viewform?embedded=true",
     "https://docs.google.com/forms/d/e/1a/viewform"),
    ("imgur", "https://imgur.com/a/aB1/embed?pub=true", "https://imgur.com/a/aB1"),
    ("infogram", "https://e.infogram.com/0a-1b?src=embed", "https://infogram.com/0a-1b"),
    ("jsfiddle", "https://jsfiddle.net/some_one/0ab/embedded/result/", "https://jsfiddle.net/some_one/0ab/"),
    ("kickstarter", "https://www.kickstarter.com/projects/some-one/a-thing/widget/card.html",
     "https://www.kickstarter.com/projects/some-one/a-thing"),
    ("padlet", "https://padlet.com/embed/0ab", "https://padlet.com/padlets/0ab"),
    ("prezi", "https://prezi.com/p/embed/aB-1/", "https://prezi.com/p/aB-1/"),
    ("prezi", "https://prezi.com/embed/aB1/?bgcolor=fff", "https://prezi.com/aB1/"),
    ("scribd", "https://www.scribd.com/embeds/12/content", "https://www.scribd.com/document/12"),
    ("sketchfab", "https://sketchfab.com/models/0ab/embed", "https://sketchfab.com/3d-models/0ab"),
    ("calendly", "https://calendly.com/some-one/30min?embed_type=Inline", "https://calendly.com/some-one/30min"),
    ("twitter", "https://platform.twitter.com/embed/Tweet.html?dnt=true&id=12", "https://x.com/i/status/12"),
    ("facebook", "https://www.facebook.com/plugins/post.php?href=https%3A%2F%2Fwww.facebook.com%2Fa%2Fposts%2F1&width=5",
     "https://www.facebook.com/a/posts/1"),
    ("facebook", "https://www.facebook.com/plugins/like.php?href=https%3A%2F%2Fsite.example%2F", None),
    ("linkedin-share", "https://www.linkedin.com/embed/feed/update/urn:li:share:12?compact=1",
     "https://www.linkedin.com/feed/update/urn:li:share:12"),
    ("pinterest-pin", "https://assets.pinterest.com/ext/embed.html?id=12", "https://www.pinterest.com/pin/12/"),
    ("instagram", "https://www.instagram.com/reel/aB_1/embed/captioned/", "https://www.instagram.com/reel/aB_1/"),
    ("bluesky", "https://embed.bsky.app/embed/did:plc:0ab/app.bsky.feed.post/3k1",
     "https://bsky.app/profile/did:plc:0ab/post/3k1"),
    ("mastodon", "https://mastodon.social/@some_one/12/embed", "https://mastodon.social/@some_one/12"),
    ("reddit-embed", "https://embed.reddit.com/r/glass/comments/1ab/title/?theme=dark",
     "https://www.reddit.com/r/glass/comments/1ab/title/"),
    ("telegram", "https://t.me/channel/12?embed=1&mode=tme", "https://t.me/channel/12"),
    ("threads", "https://www.threads.net/@some.one/post/aB1/embed", "https://www.threads.net/@some.one/post/aB1"),
]  # fmt: skip


@pytest.mark.parametrize(("id_", "embed", "page"), WATCHED)
def test_watch_url(id_: str, embed: str, page: str | None) -> None:
    """From an embed's URL the page for people is made, where it can be."""
    service = catalogue.service(id_)

    assert service is not None
    assert page == catalogue.watch_url(service, embed)


def test_watch_rules_have_examples() -> None:
    """Every rule is an expression and a replacement, and has an example above."""
    rules = {service.id: service.watch_url for service in SERVICES if service.watch_url}

    assert all(rule.count(" -> ") == 1 for rule in rules.values())
    assert set(rules) == {id_ for id_, _, page in WATCHED if page}


def test_watch_url_without_a_rule() -> None:
    """A service without a rule has no page to offer; what a rule makes is http(s) or nothing."""
    kino = Service(
        id="kino", name="Kino", provider="Kino GmbH", purposes=("media",), watch_url=r".*[?&]to=([^&]+) -> \1"
    )

    assert catalogue.watch_url(kino.model_copy(update={"watch_url": None}), "https://kino.example/1") is None
    assert catalogue.watch_url(kino, "https://kino.example/?to=javascript%3Aalert(1)") is None
    assert catalogue.watch_url(kino, "https://kino.example/?to=javascript://alert(1)") is None
    assert "https://kino.example/1" == catalogue.watch_url(
        kino, "https://kino.example/?to=https%3A%2F%2Fkino.example%2F1"
    )


@given(st.sampled_from([service for service in SERVICES if service.watch_url]), st.text())
def test_watch_url_of_anything(service: Service, rest: str) -> None:
    """Whatever stands in an embed's URL, the answer is an http(s) URL or none."""
    host = next(pattern for pattern in service.hosts if "*" not in pattern).partition("/")[0]
    page = catalogue.watch_url(service, f"https://{host}/{rest}")

    assert page is None or page.startswith(("https://", "http://"))


@pytest.mark.parametrize(
    ("wrong", "meant"),
    [
        ("ga4", "google-analytics"),
        ("google_analytics", "google-analytics"),
        ("Google Analytics", "google-analytics"),
        ("gtm", "google-tag-manager"),
        ("fontawesome", "font-awesome"),
        ("Typekit", "adobe-fonts"),
        ("x", "twitter"),
        ("youtub", "youtube"),
        ("hotjr", "hotjar"),
        ("facebok", "facebook"),
        ("recaptcha", "google-recaptcha"),
        ("pinterest", "pinterest-pin"),
    ],
)
def test_nearest(wrong: str, meant: str) -> None:
    """Misspelt ids and other names lead to the service first of all."""
    found = catalogue.nearest(wrong)

    assert meant == found[0]
    assert len(found) <= catalogue.NEAREST
    assert len(found) == len(set(found))


@pytest.mark.parametrize("nothing", ["", "???", "qqqqqqqq"])
def test_nearest_to_nothing(nothing: str) -> None:
    """Where nothing is near, nothing is suggested."""
    assert [] == catalogue.nearest(nothing)


def test_aliases() -> None:
    """Other names lead to services that exist and are none of their ids."""
    ids = {service.id for service in SERVICES}

    assert set() == set(ALIASES.values()) - ids
    assert set() == set(ALIASES) & ids
    assert sorted(ALIASES) == list(ALIASES)


def test_read_at_the_first_question() -> None:
    """Importing the module reads nothing: a process that never asks does not pay."""
    code = "from consentkit.policy import catalogue as c; print(c._by_id.cache_info().currsize, end='')"
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)

    assert "0" == done.stdout


def script() -> Any:
    """The benchmark, as a module."""
    path = Path(__file__).parents[2] / "benchmarks" / "catalogue.py"
    spec = importlib.util.spec_from_file_location("benchmark_catalogue", path)
    assert spec is not None
    assert spec.loader is not None
    benchmark = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = benchmark
    spec.loader.exec_module(benchmark)
    return benchmark


def test_known_share_of_real_pages(shared: Path) -> None:
    """Of the third parties of real pages, at least nine requests in ten and three hosts in four are known by name."""
    benchmark = script()

    seen = benchmark.measure(shared / "corpus" / "pages", shared / "corpus" / "pages.tsv")

    known = "\n".join(benchmark.report(seen, top=40))
    for requests, hosts in (seen.shares(publishers=True, own=False), seen.shares(publishers=False)):
        assert requests >= 0.9, known
        assert hosts >= 0.75, known
    assert seen.shares(publishers=True)[1] >= 0.6, known


def test_own_hosts_leave_both_sides(tmp_path: Path) -> None:
    """A host of the site's own counts neither as known nor as unknown, on that site alone."""
    benchmark = script()
    pages = tmp_path / "pages"
    pages.mkdir()
    for name in ("one", "two"):
        (pages / f"{name}.html").write_text(
            '<img src="https://img.one-static.test/a.png"><script src="https://www.google-analytics.com/ga.js"></script>',
            encoding="utf-8",
        )
    sites, own = tmp_path / "sites.tsv", tmp_path / "own.tsv"
    sites.write_text("file\tsite\none.html\tone.test\ntwo.html\ttwo.test\n", encoding="utf-8")
    own.write_text("site\thost\none.test\tone-static.test\n", encoding="utf-8")

    seen = benchmark.measure(pages, sites, own)

    assert (0.5, 0.5) == seen.shares(publishers=True)
    assert (2 / 3, 0.5) == seen.shares(publishers=True, own=False)
    assert (0.5, 0.5) == benchmark.measure(pages, sites, None).shares(publishers=True, own=False)
