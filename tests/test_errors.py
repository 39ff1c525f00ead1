"""What can go wrong, and what the messages say."""

from __future__ import annotations

import pytest

from consentkit.errors import ConsentKitError, PolicyError, Problem, StoreError, UsageError, VisitorError

IN_FILE = Problem("policy.toml", 3, "services[0].hosts", "'x y' is no host", "write a host")
IN_MAPPING = Problem("<policy>", None, "sites", "it is missing", "add it")


@pytest.mark.parametrize(
    ("problem", "sentence"),
    [
        (IN_FILE, "policy.toml:3: services[0].hosts: 'x y' is no host: write a host"),
        (IN_MAPPING, "<policy>: sites: it is missing: add it"),
    ],
)
def test_a_problem_is_a_line(problem: Problem, sentence: str) -> None:
    """Where, what and how to mend it, as editors follow it; where there is no text there is no line number."""
    assert sentence == str(problem)


def test_an_unusable_policy_tells_every_problem() -> None:
    """A program finds them as they are, a reader a line for each."""
    error = PolicyError([IN_FILE, IN_MAPPING])
    assert (IN_FILE, IN_MAPPING) == error.problems
    assert f"{IN_FILE}\n{IN_MAPPING}" == str(error)


def test_a_refusal_has_its_status_and_fields() -> None:
    """The sentence is the visitor's, the rest is for the answer."""
    error = VisitorError(405, "This address takes POST only.", [("Allow", "POST")])
    assert (405, (("Allow", "POST"),), "This address takes POST only.") == (error.status, error.headers, str(error))
    assert () == VisitorError(404, "There is nothing here.").headers


@pytest.mark.parametrize("error", [PolicyError([]), UsageError("x"), VisitorError(400, "x"), StoreError("x")])
def test_one_base_for_everything_raised_on_purpose(error: Exception) -> None:
    """Who catches that catches each, and nothing that others raise."""
    assert isinstance(error, ConsentKitError)
    assert not isinstance(error, ValueError | LookupError | OSError)
