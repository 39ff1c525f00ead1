"""A page that asks others, and the policy of its site."""

from __future__ import annotations

from tests.drivers.policies import small_policy

POLICY = small_policy()
PAGE = (
    '<!doctype html>\n<img src="/a.png">\n<script src="https://counter.example/count.js"></script>\n'
    '<iframe src="https://www.youtube.com/embed/x"></iframe>'
)
