"""The models seen as the tables and keys of a file: what may stand where."""

from __future__ import annotations

import re
import types
from dataclasses import dataclass
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic.fields import FieldInfo

from consentkit.policy.findings import Path
from consentkit.policy.models import Model, Policy


@dataclass(frozen=True, slots=True)
class Shape:
    """What a key holds.

    Attributes:
        model: the model, if it holds a table or a list of tables.
        many: whether it holds a list.
        choices: the words it may hold, if only certain ones.
    """

    model: type[Model] | None = None
    many: bool = False
    choices: tuple[str, ...] = ()


def shape(annotation: Any) -> Shape:
    """What a field of this annotation holds."""
    origin, args = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return shape(args[0])
    if origin in {Union, types.UnionType}:
        return next(shape(arg) for arg in args if arg is not type(None))
    if origin is tuple:
        inner = shape(args[0])
        return Shape(inner.model, many=True, choices=inner.choices)
    if origin is Literal:
        return Shape(choices=tuple(args))
    if isinstance(annotation, type) and issubclass(annotation, Model):
        return Shape(annotation)
    return Shape()


def model_at(path: Path) -> type[Model] | None:
    """The model of the table at a path; None if no table stands there."""
    found: type[Model] | None = Policy
    for part in path:
        if isinstance(part, int):
            continue
        field = found.model_fields.get(part) if found else None
        found = shape(field.annotation).model if field else None
    return found


def field_at(path: Path) -> FieldInfo | None:
    """The field that a key, or a member of its list, belongs to; None if there is none."""
    while path and isinstance(path[-1], int):
        path = path[:-1]
    model = model_at(path[:-1]) if path else None
    return model.model_fields.get(str(path[-1])) if model else None


def described(text: str | None) -> str:
    """A docstring for those who write policies: on one line, without our numbers of the rules."""
    plain = re.sub(r"R\d+(?:(?:[,;] |-)R\d+)*", "", " ".join((text or "").split()))
    return re.sub(r"; ?\)", ")", plain).replace(" ()", "")


def required(model: type[Model]) -> list[str]:
    """The keys that a table must have, in order."""
    return [name for name, field in model.model_fields.items() if field.is_required()]
