"""What of a visitor's state a script of the page may be told."""

from __future__ import annotations

import json
from dataclasses import replace

from consentkit.consent.state import Consent, grant
from consentkit.endpoints.state import state
from tests.endpoints.shop import NOW, POLICY, header, request, serve


def test_state_tells_the_client_script() -> None:
    """The state names purposes and services, what is undecided, and the hash a page can compare."""
    given = {id_: replace(choice, despite_gpc=True) for id_, choice in grant(POLICY, ["media"]).items()}
    consent = Consent(POLICY, given, decided_at=int(NOW), gpc=True)
    response = serve(request("GET", "/_ck/state"), consent=consent)
    said = json.loads(response.body)
    assert said == json.loads(json.dumps(state(consent)))
    assert said["granted"] == ["maps", "media", "tube"]
    assert said["purposes"] == {"basket": True, "numbers": False, "media": True, "ads": False, "sponsor": False}
    assert (said["gpc"], said["decided_at"]) == (True, int(NOW))
    assert header(response, "Cache-Control") == "no-store"
