"""Bar charts as SVG, readable in light and in dark, without a library."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from xml.sax.saxutils import escape

WIDTH, HEIGHT = 860, 300  # of one panel
_LEFT, _RIGHT, _TOP, _BOTTOM = 64, 16, 56, 52
_STYLE = """
svg { background: #fff; color: #1d2b36; font: 13px system-ui, sans-serif; }
text { fill: currentColor; } .title { font-size: 16px; font-weight: 600; }
.line { stroke: currentColor; opacity: .18; } .axis { stroke: currentColor; opacity: .6; }
.kind0 { fill: #1f77b4; } .kind1 { fill: #9ecae1; } .kind2 { fill: #d6604d; }
@media (prefers-color-scheme: dark) {
  svg { background: #14191e; color: #e3e9ee; }
  .kind0 { fill: #5aa9e6; } .kind1 { fill: #2f5d80; } .kind2 { fill: #ef8a73; }
}
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """Stacked bars; each of `kinds` is a name and a number for each label."""

    title: str
    across: str  # what the labels are
    up: str  # what the numbers are
    labels: Sequence[str]
    kinds: Sequence[tuple[str, Sequence[int]]]


def write_chart(path: Path, title: str, panels: Sequence[Panel]) -> None:
    """One panel under the other."""
    height = HEIGHT * len(panels)
    drawn = "".join(f'<g transform="translate(0 {HEIGHT * at})">{_drawn(panel)}</g>' for at, panel in enumerate(panels))
    path.write_text(
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}" '
        f'role="img" aria-labelledby="title"><title id="title">{escape(title)}</title><style>{_STYLE}</style>'
        f"{drawn}</svg>\n",
        encoding="utf-8",
    )


def _drawn(panel: Panel) -> str:
    most = max((sum(numbers) for numbers in zip(*(kind[1] for kind in panel.kinds), strict=True)), default=0)
    step = _step(most)
    top = max(step * -(-most // step), 1)
    floor, tall = HEIGHT - _BOTTOM, HEIGHT - _TOP - _BOTTOM
    parts = [f'<text class="title" x="{_LEFT}" y="22">{escape(panel.title)}</text>']
    for value in range(0, top + 1, step):
        y = floor - tall * value / top
        parts.append(f'<line class="line" x1="{_LEFT}" x2="{WIDTH - _RIGHT}" y1="{y:.1f}" y2="{y:.1f}"/>')
        parts.append(f'<text x="{_LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">{value:,}</text>')
    wide = (WIDTH - _LEFT - _RIGHT) / len(panel.labels)
    for at, label in enumerate(panel.labels):
        x, y = _LEFT + wide * at, float(floor)
        for kind, (name, numbers) in enumerate(panel.kinds):
            high = tall * numbers[at] / top
            y -= high
            told = escape(f"{label}: {numbers[at]:,} {name}")
            parts.append(
                f'<rect class="kind{kind}" x="{x + wide * 0.1:.1f}" y="{y:.1f}" width="{wide * 0.8:.1f}" '
                f'height="{high:.1f}"><title>{told}</title></rect>'
            )
        parts.append(f'<text x="{x + wide / 2:.1f}" y="{floor + 17}" text-anchor="middle">{escape(label)}</text>')
    parts.append(f'<line class="axis" x1="{_LEFT}" x2="{WIDTH - _RIGHT}" y1="{floor}" y2="{floor}"/>')
    middle = (_LEFT + WIDTH - _RIGHT) / 2
    parts.append(f'<text x="{middle}" y="{floor + 40}" text-anchor="middle">{escape(panel.across)}</text>')
    parts.append(
        f'<text transform="translate(14 {(_TOP + floor) / 2}) rotate(-90)" text-anchor="middle">'
        f"{escape(panel.up)}</text>"
    )
    return "".join(parts) + _legend(panel)


def _legend(panel: Panel) -> str:
    if len(panel.kinds) == 1:
        return ""
    parts, x = [], float(_LEFT)
    for kind, (name, _) in enumerate(panel.kinds):
        parts.append(f'<rect class="kind{kind}" x="{x:.0f}" y="33" width="11" height="11"/>')
        parts.append(f'<text x="{x + 16:.0f}" y="43">{escape(name)}</text>')
        x += 34 + 7.2 * len(name)
    return "".join(parts)


def _step(most: int) -> int:
    """A round number, four to eight of which reach the top."""
    return next((size * 10**power for power in range(9) for size in (1, 2, 5) if most <= 6 * size * 10**power), most)
