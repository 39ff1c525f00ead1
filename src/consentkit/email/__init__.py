"""Mail: what reports back is taken out before it is sent, unless this reader said yes (R220-R226).

    clean(message, policy=…, granted=…)    an `email.message.EmailMessage`, whole
    clean_html, clean_text                 one body, for frameworks that keep bodies apart
    MailLinks                              signed addresses: unsubscribe, preferences, confirmation, pixel, link

Whether a reader said yes is a question for `consentkit.records.forms.FormConsents.tracks`.
"""

from __future__ import annotations

from consentkit.email.links import MailLinks
from consentkit.email.messages import Cleaned, clean, clean_bytes, clean_html, clean_text
from consentkit.email.report import Finding, MailError, Report

__all__ = [
    "Cleaned",
    "Finding",
    "MailError",
    "MailLinks",
    "Report",
    "clean",
    "clean_bytes",
    "clean_html",
    "clean_text",
]
