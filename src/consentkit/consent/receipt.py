"""A receipt: one record for its subject to keep, signed, so that the site recognises it years later (R181, R191).

The signature is an HMAC made with the site's own secret: it shows the site, and whoever the site lends the secret to,
that the receipt is the site's and unchanged. It needs no store: a receipt verifies when the records are long purged.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import Any

from itsdangerous import Signer

from consentkit.consent.cookie import MIN_SECRET_BYTES
from consentkit.consent.fields import iso27560
from consentkit.consent.record import Record
from consentkit.errors import UsageError
from consentkit.policy.models import Policy

_SALT = b"consentkit.receipt.1"  # never the cookie's: what signs one thing must not pass for another


def dump_receipt(
    record: Record,
    secrets: Sequence[bytes | str] | bytes | str,
    *,
    before: Record | None = None,
    policy: Policy | None = None,
) -> str:
    """The receipt of a record: a JSON document with ``receipt`` and ``signature``.

    Args:
        record: what it is about.
        secrets: newest first; the newest signs.
        before: the subject's record before, if there was one.
        policy: the one that was in force, if it is known; then the receipt says who gets what and why.

    Raises:
        UsageError: if there is no secret, or it is too short.
    """
    receipt = iso27560(record, before, policy)
    signature = _signer(secrets).get_signature(_canonical(receipt)).decode()
    return json.dumps({"receipt": receipt, "signature": signature}, ensure_ascii=False, indent=2, sort_keys=True) + "\n"


def parse_receipt(text: str | bytes, secrets: Sequence[bytes | str] | bytes | str) -> Mapping[str, Any]:
    """The receipt, if the site signed it and nobody changed it since.

    Args:
        text: the document, as `dump_receipt` made it; white space and the order of keys do not matter.
        secrets: all that may have signed it.

    Raises:
        UsageError: if it is no receipt, or its signature does not fit.
    """
    try:
        data = json.loads(text)
        receipt, signature = data["receipt"], data["signature"]
        signed = _canonical(receipt)
        fits = isinstance(receipt, dict) and _signer(secrets).verify_signature(signed, signature.encode())
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
        raise UsageError("this is no receipt: it has to be a JSON document with `receipt` and `signature`") from error
    if not fits:
        raise UsageError("the signature does not fit: the receipt was changed, or another secret signed it")
    return dict(receipt)


def _canonical(receipt: Any) -> bytes:
    return json.dumps(receipt, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def _signer(secrets: Sequence[bytes | str] | bytes | str) -> Signer:
    listed = (secrets,) if isinstance(secrets, str | bytes) else tuple(secrets)
    keys = [secret.encode() if isinstance(secret, str) else bytes(secret) for secret in listed]
    if not keys or any(len(key) < MIN_SECRET_BYTES for key in keys):
        raise UsageError(f"a receipt needs the site's secret, {MIN_SECRET_BYTES} bytes at least")
    # itsdangerous wants the oldest first.
    return Signer(keys[::-1], salt=_SALT, key_derivation="hmac", digest_method=sha256)
