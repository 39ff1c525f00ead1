"""A line chart of rates as SVG: a title, an axis of 0 to 100 %, a line and a name for each series. Nothing else.

Points that rest on little are hollow, and a sentence says what that means.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from html import escape

WIDTH, HEIGHT = 800, 400
LEFT, TOP, RIGHT, BOTTOM = 60, 50, 180, 60  # margins; the names stand in the right one
TICKS = 8  # labels of the horizontal axis at most, or they run into each other

PAPER = "#fff"

# Okabe and Ito's colours: told apart also by people who see few colours.
COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#000000")


def line_chart(
    title: str,
    labels: Sequence[str],
    series: Mapping[str, Mapping[str, float]],
    *,
    hollow: Collection[str] = (),
    note: str = "",
) -> str:
    """The chart as an SVG document.

    Args:
        title: what it shows.
        labels: of the horizontal axis, in order.
        series: by name, the value (0 to 1) at the labels it has one at.
        hollow: labels at which the values rest on little.
        note: what hollow points mean; shown if there are any.
    """
    wide, high = WIDTH - LEFT - RIGHT, HEIGHT - TOP - BOTTOM

    def across(label: str) -> float:
        return round(LEFT + (wide * position[label] / max(1, len(labels) - 1)), 1)

    def up(value: float) -> float:
        return round(TOP + high * (1 - value), 1)

    position = {label: number for number, label in enumerate(labels)}
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img"',
        ' font-family="sans-serif" font-size="13">',
        f"<title>{escape(title)}</title>",
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="{PAPER}"/>',
        f'<text x="{LEFT}" y="{TOP // 2}" font-size="16">{escape(title)}</text>',
    ]
    for percent in range(0, 101, 25):
        y = up(percent / 100)
        parts.append(f'<path d="M{LEFT} {y}H{WIDTH - RIGHT}" stroke="#ddd"/>')
        parts.append(f'<text x="{LEFT - 8}" y="{y + 4}" text-anchor="end">{percent} %</text>')
    step = -(-len(labels) // TICKS) or 1
    parts += [
        f'<text x="{across(label)}" y="{HEIGHT - BOTTOM + 22}" text-anchor="middle">{escape(label)}</text>'
        for label in labels[::step]
    ]
    for number, (name, values) in enumerate(series.items()):
        colour = COLOURS[number % len(COLOURS)]
        points = [(across(label), up(values[label]), label in hollow) for label in labels if label in values]
        line = " ".join(f"{x},{y}" for x, y, _ in points)
        parts.append(f'<polyline points="{line}" fill="none" stroke="{colour}" stroke-width="2"/>')
        parts += [
            f'<circle cx="{x}" cy="{y}" r="3" stroke="{colour}" fill="{PAPER if faint else colour}"/>'
            for x, y, faint in points
        ]
        y = TOP + 20 * number
        parts.append(f'<path d="M{WIDTH - RIGHT + 15} {y}h20" stroke="{colour}" stroke-width="3"/>')
        parts.append(f'<text x="{WIDTH - RIGHT + 42}" y="{y + 4}">{escape(name)}</text>')
    if not set(labels).isdisjoint(hollow):
        parts.append(f'<text x="{LEFT}" y="{HEIGHT - 12}" fill="#555">{escape(note)}</text>')
    return "\n".join([*parts, "</svg>"]) + "\n"
