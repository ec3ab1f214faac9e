"""A run's results as a picture: CPU a request by query and server, a panel for each query."""

from collections.abc import Iterator
from html import escape
from math import ceil, log10

from benchmarks.peers.comparison import Cell, Cells
from benchmarks.peers.harness import NAME
from benchmarks.report import RESULTS

TITLE = "CPU a request, in milliseconds: less is better"
ABOUT = {
    "list": "50 listings with their owners",
    "wide": "500 listings with their owners",
    "point": "One listing with its owner",
    "deep": "20 listings, their owners, 5 listings of each",
}
_STYLE = """
  text { font: 13px system-ui, sans-serif; fill: #1f2328 }
  .title { font-size: 17px; font-weight: 600 } .panel, .ours { font-weight: 600 }
  .tick { font-size: 11px; fill: #59636e } .line { stroke: #d1d9e0 }
  .back { fill: #ffffff } .server { fill: #2f6fdb } .postgres { fill: #d9822b }
  @media (prefers-color-scheme: dark) {
    text { fill: #e6edf3 } .tick { fill: #9198a1 } .line { stroke: #3d444d }
    .back { fill: #0d1117 } .server { fill: #6aa1ff } .postgres { fill: #e3a35b }
  }
"""
_WIDTH, _PANEL, _MARGIN = 960, 460, 20
_LABELS, _BARS = 160, 225  # the width of names, and of the longest bar; its figure stands behind it
_ROW, _BAR, _TOP = 24, 15, 74


def write_chart(name: str, cells: Cells) -> None:
    """Write `results/name.svg`."""
    (RESULTS / f"{name}.svg").write_text(build_chart(cells))


def build_chart(cells: Cells) -> str:
    """The SVG, light or dark as its reader's system is."""
    heights = [_panel_height(servers) for servers in cells.values()]
    tops = [_TOP]
    for row in range(0, len(heights), 2):
        tops.append(tops[-1] + max(heights[row : row + 2]))
    panels = [
        f'<g transform="translate({_MARGIN + number % 2 * _PANEL} {tops[number // 2]})">\n'
        + "\n".join(_panel(query, servers))
        + "\n</g>"
        for number, (query, servers) in enumerate(cells.items())
    ]
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {tops[-1]}" width="{_WIDTH}"'
            f' height="{tops[-1]}" role="img" aria-label="{TITLE}">',
            f"<style>{_STYLE}</style>",
            f'<rect class="back" width="{_WIDTH}" height="{tops[-1]}" rx="6"/>',
            _text(_MARGIN, 30, TITLE, "title"),
            *_legend(),
            *panels,
            "</svg>\n",
        ]
    )


def _legend() -> Iterator[str]:
    for x, kind, label in ((_MARGIN, "server", "the server"), (_MARGIN + 110, "postgres", "PostgreSQL")):
        yield f'<rect class="{kind}" x="{x}" y="44" width="12" height="12"/>'
        yield _text(x + 18, 54, label)


def _panel_height(servers: dict[str, Cell]) -> int:
    return 66 + _ROW * len(servers)


def _panel(query: str, servers: dict[str, Cell]) -> Iterator[str]:
    """The cheapest first. Each panel has a scale of its own."""
    longest = max(cell["together_ms"] for cell in servers.values())
    below = 26 + _ROW * len(servers)
    yield _text(0, 14, ABOUT.get(query, query), "panel")
    for tick in ticks(longest):
        x = _LABELS + tick / longest * _BARS
        yield f'<line class="line" x1="{x:.1f}" x2="{x:.1f}" y1="24" y2="{below}"/>'
        yield _text(x, below + 15, f"{tick:g} ms" if tick else "0", "tick", "middle")
    for row, (name, cell) in enumerate(sorted(servers.items(), key=lambda server: server[1]["together_ms"])):
        y = 26 + _ROW * row
        kind = "ours" if name.startswith(NAME) else ""
        x = float(_LABELS)
        yield _text(x - 8, y + 15, name, kind, "end")
        for part, figure in (("server", "cpu_ms"), ("postgres", "pg_cpu_ms")):
            width = cell[figure] / longest * _BARS
            yield f'<rect class="{part}" x="{x:.1f}" y="{y + 4}" width="{width:.1f}" height="{_BAR}"/>'
            x += width + 1
        yield _text(x + 5, y + 16, f"{cell['together_ms']:.2f}", kind)


def ticks(longest: float) -> list[float]:
    """At most six round numbers from nought to the longest."""
    power = 10.0 ** ceil(log10(longest / 5) - 1)
    step = next(step for step in (power, power * 2, power * 5, power * 10) if longest / step <= 5)
    return [round(number * step, 6) for number in range(int(longest / step + 1e-9) + 1)]


def _text(x: float, y: float, text: str, kind: str = "", anchor: str = "start") -> str:
    classes = f' class="{kind}"' if kind else ""
    return f'<text{classes} x="{x:.1f}" y="{y}" text-anchor="{anchor}">{escape(text)}</text>'
