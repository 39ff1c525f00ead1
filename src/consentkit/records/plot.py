"""A line chart of rates as SVG: a title, an axis of 0 to 100 %, a line, a name and the last value for each series.

Points that rest on little are hollow, and a sentence says what that means. Series that run together stay apart: each
has its own marks and dashes, and marks in one place stand side by side.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from html import escape

WIDTH, HEIGHT = 880, 400
LEFT, TOP, RIGHT, BOTTOM = 60, 50, 260, 60  # margins; the names stand in the right one
TICKS = 8  # labels of the horizontal axis at most, or they run into each other

PAPER = "#fff"
MARK = 4.0  # half the size of a mark
TOGETHER = 0.03  # values nearer than this would cover each other's marks, which are 8 of 290 high

# Okabe and Ito's colours: told apart also by people who see few colours.
COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#000000")
# Each leaves more of the line below it free than the one before, so that of lines upon each other all are seen.
DASHES = ("", "16 4", "12 8", "8 12", "4 16")
MARKS: tuple[Callable[[float, float, float], str], ...] = (
    lambda x, y, r: f"M{x - r} {y}a{r} {r} 0 1 0 {2 * r} 0a{r} {r} 0 1 0 {-2 * r} 0z",
    lambda x, y, r: f"M{x - r} {y - r}h{2 * r}v{2 * r}h{-2 * r}z",
    lambda x, y, r: f"M{x} {y - r}l{r} {2 * r}h{-2 * r}z",
    lambda x, y, r: f"M{x} {y - r}l{r} {r}l{-r} {r}l{-r} {-r}z",
    lambda x, y, r: f"M{x} {y + r}l{-r} {-2 * r}h{2 * r}z",
)


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
        series: by name, the value (0 to 1) at the labels it has one at. The last one stands beside the name.
        hollow: labels at which the values rest on little.
        note: what hollow points mean; shown if there are any.
    """
    wide, high = WIDTH - LEFT - RIGHT, HEIGHT - TOP - BOTTOM

    def across(label: str) -> float:
        if len(labels) == 1:
            return LEFT + wide / 2
        return round(LEFT + (wide * position[label] / (len(labels) - 1)), 1)

    def aside(name: str, label: str) -> float:
        value = series[name][label]
        there = [other for other, of in series.items() if label in of and abs(of[label] - value) < TOGETHER]
        return (there.index(name) - (len(there) - 1) / 2) * 2.5 * MARK

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
        colour, mark = COLOURS[number % len(COLOURS)], MARKS[number % len(MARKS)]
        dashes = f' stroke-dasharray="{dash}"' if (dash := DASHES[number % len(DASHES)]) else ""
        there = [label for label in labels if label in values]
        line = " ".join(f"{across(label)},{up(values[label])}" for label in there)
        parts.append(f'<polyline points="{line}" fill="none" stroke="{colour}" stroke-width="2"{dashes}/>')
        parts += [
            f'<path class="mark" d="{mark(across(label) + aside(name, label), up(values[label]), MARK)}"'
            f' stroke="{colour}" fill="{PAPER if label in hollow else colour}"/>'
            for label in there
        ]
        y, x = TOP + 20 * number, WIDTH - RIGHT + 15
        last = f"{values[there[-1]]:.0%}".replace("%", " %") if there else "–"
        parts.append(f'<path d="M{x} {y}h28" stroke="{colour}" stroke-width="2"{dashes}/>')
        parts.append(f'<path d="{mark(x + 14, y, MARK)}" fill="{colour}"/>')
        parts.append(f'<text x="{x + 72}" y="{y + 4}" text-anchor="end">{last}</text>')
        parts.append(f'<text x="{x + 80}" y="{y + 4}">{escape(name)}</text>')
    if not set(labels).isdisjoint(hollow):
        parts.append(f'<text x="{LEFT}" y="{HEIGHT - 12}" fill="#555">{escape(note)}</text>')
    return "\n".join([*parts, "</svg>"]) + "\n"
