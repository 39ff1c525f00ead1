"""One rule: what a page would contact is allowed by consent, first party, or blocked.

`compile_policy` turns a policy into `Rules` once per process; a `Blocker` is those rules seen with one
state of consent, and answers the questions of `html.decision.Decider`. In this order:

1. the author's mark at the element (``data-consent="…"``), as far as the policy believes marks;
2. a declared service whose host and path fit: blocked unless the visitor granted it. The longest host
   goes first, then the longest path; services that fit equally well are all needed (R31). Services
   come before first party: one may stand behind a path or a name of the site's own;
3. first party: the policy's sites and their subdomains;
4. anybody else, as ``unknown`` in the policy says: not disclosed, so not contacted, by default.

Without a policy the whole catalogue is declared, nothing is granted, and first party is the
registrable domain of the page.

Inline code is judged by what it names: signatures of services, URLs of services in code that loads
something, and modules it imports. The whole catalogue is recognised there: code of a service that
the policy does not declare is a third party like any other that nobody declared.
"""

from __future__ import annotations

from consentkit.blocking.blocker import Blocker
from consentkit.blocking.grant import Grant
from consentkit.blocking.patterns import MAX_HOSTS
from consentkit.blocking.rules import MAX_NOTICES, Rules, compile_policy
from consentkit.blocking.suffixes import registrable_domain

__all__ = ["MAX_HOSTS", "MAX_NOTICES", "Blocker", "Grant", "Rules", "compile_policy", "registrable_domain"]
