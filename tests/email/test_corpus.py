"""Real mails: counted, cleaned, and nothing left to clean; what was there besides is still there."""

from __future__ import annotations

import csv
from collections import Counter
from pathlib import Path

from consentkit.email.markup import Markup
from consentkit.email.report import Report
from consentkit.email.rules import rules_for
from consentkit.html.charset import sniff
from consentkit.html.edits import apply_edits


def test_real_mails(shared: Path) -> None:
    """Pixels that were counted by hand's rule are found, no mail breaks, a second cleaning finds nothing, cuts alone are made."""
    folder = shared / "corpus" / "mail"
    found, left, changed, mails = Counter[str](), Counter[str](), 0, 0
    with (folder / "manifest.tsv").open(encoding="utf-8") as manifest:
        rows = list(csv.DictReader(manifest, delimiter="\t"))
    for row in rows:
        raw = (folder / row["file"]).read_bytes()
        encoding = sniff(raw, None if row["mime_charset"] == "-" else row["mime_charset"], final=True)
        assert encoding is not None
        report = Report()
        markup = Markup(rules_for(None), encoding, report)
        edits = markup.edits(raw)
        cleaned = apply_edits(raw, len(raw), edits)
        mails += 1
        changed += cleaned != raw
        found.update(finding.kind for finding in report.removed)
        left.update(finding.kind for finding in report.left)
        pixels = sum(finding.kind == "pixel" for finding in report.removed)
        assert pixels >= int(row["likely_tracking_pixels"] or 0) - 1, row["file"]
        # Everything but the cuts is there, in order.
        kept = b"".join(
            raw[a[1] : b[0]] for a, b in zip([(0, 0, b""), *edits], [*edits, (len(raw), 0, b"")], strict=True)
        )
        assert len(kept) >= 0.9 * len(raw), row["file"]
        again = Report()
        assert cleaned == Markup(rules_for(None), encoding, again).clean(cleaned), row["file"]
        assert [] == again.removed
    assert len(rows) == mails
    assert found["pixel"] >= 45, found
    assert found["stylesheet"] >= 8, found
    assert found["link"] >= 4, found
    assert left["wrapped-link"] >= 7, left
    assert 10 <= changed <= mails
