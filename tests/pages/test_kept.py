"""What is rendered alike is rendered once, in bounds."""

from __future__ import annotations

from consentkit.pages.kept import CACHED_PARTS, Kept


def test_what_was_made_for_a_key_is_not_made_again() -> None:
    """The second request for the same key gets the first one's text, and nothing is rendered."""
    kept, made = Kept(), list[str]()

    def make() -> str:
        made.append("x")
        return "text"

    assert ["text", "text"] == [kept.once(("banner", "/"), make) for _ in range(2)]
    assert ["x"] == made


def test_no_more_is_kept_than_a_site_needs() -> None:
    """However many keys come, the number of texts stays within its limit."""
    kept = Kept()
    for number in range(3 * CACHED_PARTS):
        assert str(number) == kept.once((number,), lambda number=number: str(number))  # type: ignore[misc]
        assert len(kept) <= CACHED_PARTS
