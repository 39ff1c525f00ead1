"""The newsletter's two questions and its way in and out, for every framework that Brightwash runs on.

Anybody can type anybody's address. So nothing holds, and nothing ends, before a link in a letter to that address was
followed; and what the pages answer is the same for every address.
"""

from __future__ import annotations

import re
import secrets
import time
from collections.abc import Iterable, Mapping

from consentkit.forms import ConsentBox, boxes
from consentkit.policy.models import Policy
from consentkit.records.forms import FormConsents

from .post import LIST, Post, Readers, subject_of
from .settings import Settings

# One address, and nothing but it: no second one, no line of a header.
ADDRESS = re.compile(r"[^@\s<>\",:;()\\\[\]]{1,64}@[^@\s<>\",:;()\\\[\]]{1,190}")
LEAVE_GAP = 3600  # seconds between two letters with the link that ends it: nobody's mailbox is filled by strangers

# What people agree to, word for word: the page shows these sentences and the proof keeps them.
NEWSLETTER_TEXT = "Send me the Brightwash newsletter, about once a month. I can leave through a link in every issue."
TRACKING_TEXT = "Brightwash may see whether I open the newsletter and which links I follow, to improve it."


class Newsletter:
    """Who asks to get it, and who asks to leave.

    Args:
        settings: secret, mail server and address of the site.
        policy: declares both purposes.
        readers: where addresses are kept.
        consents: where the proofs are.

    Attributes:
        letter: the box for getting it.
        tracking: the box for being watched while reading it.
        post: the site's mail.
    """

    def __init__(self, settings: Settings, policy: Policy, readers: Readers, consents: FormConsents) -> None:
        self._readers, self._consents = readers, consents
        self.post = Post(settings, policy, readers, consents)
        self.letter, self.tracking = questions(policy)

    def sign_up(self, form: Mapping[str, str]) -> str:
        """A posted form: gives a sentence about what is wrong with it, or nothing."""
        if not form.get("email"):
            return "Please give your e-mail address."
        if not self.letter.answer(form):
            return "Please tick the first box if you would like to get the newsletter."
        if not ADDRESS.fullmatch(form["email"]):
            return "Please check the e-mail address: mail cannot be sent there."
        self.ask(form["email"], [box for box in (self.letter, self.tracking) if box.answer(form)])
        return ""

    def ask(self, address: str, ticked: Iterable[ConsentBox]) -> None:
        """Sends the letter that asks for confirmation, unless all of it holds already or was just asked for."""
        token = self._readers.subscribe(secrets.token_hex(16), address, at=int(time.time()))
        words = {box.purpose: box.label for box in ticked}
        pending = self._consents.request(subject_of(token), words, language="en")
        if pending is not None:
            self.post.ask(address, pending)

    def leave(self, address: str) -> None:
        """Sends a reader the link that ends it; to an address that gets no newsletter goes nothing."""
        token = self._readers.token_of(address)
        if token is None or not any(self._consents.allows(subject_of(token), purpose) for purpose in LIST):
            return
        if self._readers.asked_to_leave(token, at=int(time.time()), gap=LEAVE_GAP):
            self.post.farewell(address, subject_of(token))


def questions(policy: Policy) -> tuple[ConsentBox, ConsentBox]:
    """One box for getting the newsletter, one for being watched while reading it."""
    letter, tracking = boxes(
        ConsentBox(policy, "newsletter", NEWSLETTER_TEXT, name="agree"),
        ConsentBox(policy, "newsletter-tracking", TRACKING_TEXT, name="tracking"),
    )
    return letter, tracking
