"""One rule: the OpenAPI 3.1 description of our addresses is made from the table that they are served from."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from consentkit.endpoints import answers
from consentkit.endpoints.table import TABLE, Address

_PHRASES = {
    200: "Done.",
    204: "Taken.",
    303: "Done; the visitor goes back to the page.",
    304: "What the visitor has is still right.",
    400: "It cannot be read, or names what there is not.",
    403: "It did not come from this site.",
    404: "There is nothing at this address.",
    405: "Another method.",
    413: "It is too long.",
    415: "It is of another media type.",
    429: "Too many at once.",
    503: "The record store failed; nothing was decided.",
}
_ERROR = {
    "type": "object",
    "properties": {
        "error": {
            "type": "object",
            "properties": {"status": {"type": "integer"}, "message": {"type": "string"}, "text": {"type": "string"}},
            "required": ["status", "message", "text"],
        }
    },
    "required": ["error"],
}
_FROM_HERE = {
    "name": "Origin",
    "in": "header",
    "required": False,
    "description": "Names this site. Needed where the browser sends no Sec-Fetch-Site.",
    "schema": {"type": "string"},
}


def openapi(
    version: str, prefix: str = "/_ck", policy_path: str | None = None, assets: Sequence[str] = ()
) -> dict[str, Any]:
    """The description, as plain data.

    Args:
        version: of consentkit.
        prefix: where the endpoints live.
        policy_path: where the policy page is served as well.
        assets: the files' names, if they are known.
    """
    paths = dict[str, Any]()
    for address in TABLE:
        for path in _paths(address, prefix, policy_path):
            paths[path] = {method.lower(): _operation(address, method, path, assets) for method in address.methods}
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "consentkit",
            "version": version,
            "summary": "What a site answers at consentkit's own addresses.",
            "license": {"name": "MIT", "identifier": "MIT"},
        },
        "servers": [{"url": "/"}],
        "paths": paths,
        "components": {"schemas": {"Error": _ERROR}},
    }


def _paths(address: Address, prefix: str, policy_path: str | None) -> list[str]:
    paths = [prefix + address.path]
    # Below a path of the owner's, versions that there are not are the app's to answer: only ours are described.
    if address.name == "policy" and policy_path is not None:
        paths.append(policy_path + address.path.removeprefix("/policy"))
    return paths


def _operation(address: Address, method: str, path: str, assets: Sequence[str]) -> dict[str, Any]:
    words = [word for word in path.replace("{", "").replace("}", "").replace(".", "/").split("/") if word]
    operation: dict[str, Any] = {"operationId": "-".join([method.lower(), *words]), "summary": address.summary}
    parameters: list[dict[str, Any]] = [
        {"name": name, "in": "query", "required": required, "description": text, "schema": {"type": "string"}}
        for name, (text, required) in address.query.items()
    ]
    if "{file}" in address.path:
        schema = {"type": "string", **({"enum": sorted(assets)} if assets else {})}
        parameters.append({"name": "file", "in": "path", "required": True, "schema": schema})
    if "{version}" in address.path:
        parameters.append({"name": "version", "in": "path", "required": True, "schema": {"type": "string"}})
    if address.name in {"decide", "erase"}:
        parameters.append(_FROM_HERE)
    if parameters:
        operation["parameters"] = parameters
    if address.takes:
        operation["requestBody"] = {
            "required": True,
            "content": {media_type: {"schema": schema} for media_type, schema in address.takes.items()},
        }
    operation["responses"] = {
        str(status): _response(status, types, with_body=method != "HEAD") for status, types in address.gives.items()
    } | {str(status): _refusal(status, with_body=method != "HEAD") for status in address.refuses}
    return operation


def _response(status: int, types: Sequence[str], *, with_body: bool) -> dict[str, Any]:
    response: dict[str, Any] = {"description": _PHRASES[status]}
    if status == 303:
        response["headers"] = {"Location": {"schema": {"type": "string"}, "description": "A path of this site."}}
    if types and with_body:
        schemas = {answers.JSON: {"type": "object"}, answers.SCHEMA: {"type": "object"}}
        response["content"] = {name: {"schema": schemas.get(name, {"type": "string"})} for name in types}
    return response


def _refusal(status: int, *, with_body: bool) -> dict[str, Any]:
    response: dict[str, Any] = {"description": _PHRASES[status]}
    if with_body:
        response["content"] = {
            answers.JSON: {"schema": {"$ref": "#/components/schemas/Error"}},
            answers.HTML: {"schema": {"type": "string"}},
        }
    return response
