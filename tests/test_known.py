"""What is worked out for a key, remembered for the first that come."""

from __future__ import annotations

from consentkit.known import LONGEST_KNOWN, NAMES_KNOWN, Known


def test_each_key_is_worked_out_once() -> None:
    """Those that come first; what is beyond the room is worked out each time, and right."""
    asked = list[str]()

    def work_out(key: str) -> int:
        asked.append(key)
        return int(key)

    known = Known[str, int](work_out)
    assert [7, 7] == [known["7"], known["7"]]
    assert ["7"] == asked
    for number in range(NAMES_KNOWN):
        assert number == known[str(number)]
    beyond = str(NAMES_KNOWN + 1)
    asked.clear()
    assert [NAMES_KNOWN + 1] * 2 == [known[beyond], known[beyond]]
    assert [beyond, beyond] == asked
    assert NAMES_KNOWN == len(known)


def test_all_that_a_key_holds_counts() -> None:
    """Many short names in one key are as long as one long name, however they are nested."""
    known = Known[object, str](lambda _: "worked out")
    for key in ("x" * LONGEST_KNOWN, ("x",) * LONGEST_KNOWN, (("x" * (LONGEST_KNOWN - 1), b"y"),), None, (1, None)):
        assert "worked out" == known[key]
        assert key in known
    for key in ("x" * (LONGEST_KNOWN + 1), ("x",) * (LONGEST_KNOWN + 1), (("x" * LONGEST_KNOWN, b"y"),)):
        assert "worked out" == known[key]
        assert key not in known
