"""Our own addresses: a request and its body go in, store work and an answer come out.

`match` says whether a request is ours, `answer` what becomes of it. A success is only ever made by `finish`,
after the store has taken the proof; what is refused is refused with a sentence that says what to send.
"""

from __future__ import annotations

from consentkit.endpoints.answers import Answer
from consentkit.endpoints.call import Route
from consentkit.endpoints.routes import Endpoints

__all__ = ["Answer", "Endpoints", "Route"]
