"""A MaxMind database of a few networks, as the format's specification 2.0 lays it out: for tests of what reads one."""

from __future__ import annotations

import struct
from collections.abc import Mapping
from ipaddress import ip_network
from typing import Any

_MARKER = b"\xab\xcd\xefMaxMind.com"
_RECORD = 28  # bits of a record; two make a node of seven bytes


def dump_mmdb(networks: Mapping[str, Mapping[str, Any]], *, kind: str = "GeoLite2-City") -> bytes:
    """The file.

    Args:
        networks: by network (``203.0.113.0/24``), what is said of its addresses.
        kind: the type of database that it says it is.
    """
    nodes: list[list[int | tuple[int] | None]] = [[None, None]]
    data, offsets = bytearray(), []
    for said in networks.values():
        offsets.append(len(data))
        data += _value(said)
    for index, name in enumerate(networks):
        network = ip_network(name)
        bits = f"{int(network.network_address):0{network.max_prefixlen}b}"
        prefix = bits[: network.prefixlen] if network.version == 6 else "0" * 96 + bits[: network.prefixlen]
        at = 0
        for bit in prefix[:-1]:
            below = nodes[at][int(bit)]
            if not isinstance(below, int):
                nodes.append([None, None])
                below = nodes[at][int(bit)] = len(nodes) - 1
            at = below
        nodes[at][int(prefix[-1])] = (offsets[index],)
    count = len(nodes)
    tree = bytearray()
    for left, right in nodes:
        first, second = (_pointer(record, count) for record in (left, right))
        tree += first.to_bytes(4, "big")[1:]
        tree += bytes((((first >> 24) << 4) | (second >> 24),))
        tree += second.to_bytes(4, "big")[1:]
    described = {
        "binary_format_major_version": 2, "binary_format_minor_version": 0, "build_epoch": 1, "database_type": kind,
        "description": {"en": "Made up"}, "ip_version": 6, "languages": ["en"], "node_count": count, "record_size": _RECORD,
    }  # fmt: skip
    return bytes(tree) + bytes(16) + bytes(data) + _MARKER + _value(described)


def _pointer(record: int | tuple[int] | None, count: int) -> int:
    if record is None:
        return count
    return record if isinstance(record, int) else count + 16 + record[0]


def _value(value: Any) -> bytes:
    if isinstance(value, Mapping):
        return _control(7, len(value)) + b"".join(_value(key) + _value(item) for key, item in value.items())
    if isinstance(value, str):
        return _control(2, len(value.encode())) + value.encode()
    if isinstance(value, list):
        return _control(11, len(value)) + b"".join(map(_value, value))
    packed = struct.pack(">I", value)
    return _control(6, len(packed)) + packed


def _control(kind: int, size: int) -> bytes:
    head = bytes((kind << 5 | min(size, 29),)) if kind < 8 else bytes((min(size, 29), kind - 7))
    return head if size < 29 else head + bytes((size - 29,))
