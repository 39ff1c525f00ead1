"""The package itself: few public names, loaded when they are used."""

from __future__ import annotations

import subprocess
import sys

import pytest

import consentkit


@pytest.mark.parametrize("name", consentkit.__all__)
def test_every_public_name_is_there(name: str) -> None:
    """Each name of `__all__` can be had from the package and is an object of that name."""
    assert name == getattr(consentkit, name).__name__


def test_the_public_names_are_few() -> None:
    """Twelve names at most, sorted, each visible to `dir`."""
    assert sorted(consentkit.__all__) == consentkit.__all__
    assert len(consentkit.__all__) <= 12
    assert set(consentkit.__all__) <= set(dir(consentkit))


def test_importing_the_package_imports_nothing_else() -> None:
    """`import consentkit` alone loads no room, no pydantic and no Jinja2."""
    code = (
        "import consentkit, sys; "
        "print([m for m in sys.modules if m.startswith(('consentkit.', 'pydantic', 'jinja2', 'werkzeug'))])"
    )
    assert "[]\n" == subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout


def test_an_unknown_name_is_an_attribute_error() -> None:
    """A name that is not there is told the usual way."""
    with pytest.raises(AttributeError, match="'consentkit' has no attribute 'nothing'"):
        consentkit.nothing  # noqa: B018


def test_modules_can_be_imported_from_the_package() -> None:
    """The lazy names do not stand in the way of `from consentkit import module`."""
    from consentkit import errors

    assert errors.PolicyError is consentkit.PolicyError
