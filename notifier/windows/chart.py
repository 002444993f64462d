"""Draws a mailbox's figures, by matplotlib: the same picture in the window and, without any display, in a file.

Why matplotlib: it draws into a Tk window and into a PNG by the same code, it knows where dates and sizes want their
ticks, and it is kept well. It is large and slow to load (about half a second), which only the history window and
`notifier history --png` ever do. Tk's own canvas has neither files without a display nor smooth lines; Pillow has no
axes.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from io import BytesIO
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from matplotlib import dates as mdates
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator

from notifier.windows.chart_figures import DAY, Figures, Point
from notifier.words import _, size

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes

DPI = 96
PNG_SIZE = (960, 520)  # points; twice as many pixels
PNG_SCALE = 2.0
STEP_APART = 0.04  # of the height: names of steps that are nearer would touch


@dataclass(frozen=True, slots=True)
class Palette:
    """Colours of one look. Line, limit and fan also differ in shape, for whoever does not tell colours apart."""

    ground: str
    text: str
    faint: str
    grid: str
    line: str
    fill: str
    limit: str
    step: str
    bar: str


LIGHT = Palette("#fafafa", "#1c1c1c", "#5f5f5f", "#e4e4e4", "#005fb8", "#005fb8", "#b3261e", "#9a6700", "#7fa9d1")
DARK = Palette("#1c1c1c", "#fafafa", "#a6a6a6", "#343434", "#57c8ff", "#57c8ff", "#ff8a80", "#e0b050", "#3f708f")


def png(pages: Sequence[Figures], *, dark: bool = False) -> bytes:
    """The accounts one below the other as a PNG. Needs no display."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    width, height = PNG_SIZE
    figure = Figure(figsize=(width / DPI, height * len(pages) / DPI), dpi=DPI * PNG_SCALE)
    FigureCanvasAgg(figure)
    draw(figure, pages, DARK if dark else LIGHT, titles=True)
    out = BytesIO()
    figure.savefig(out, format="png", facecolor=figure.get_facecolor())
    return out.getvalue()


def draw(
    figure: Figure, pages: Sequence[Figures], palette: Palette, *, titles: bool = False
) -> list[tuple[Axes, Axes]]:
    """Fills `figure`; gives for each page the axes of size and of arrivals."""
    figure.clear()
    figure.set_facecolor(palette.ground)
    made = []
    for part, page in zip(figure.subfigures(len(pages), 1, squeeze=False).flat, pages, strict=True):
        part.set_facecolor(palette.ground)
        title = 1 if titles else 0
        sizes, arrivals = part.subplots(
            2, 1, sharex=True, height_ratios=(3.4, 1),
            gridspec_kw={"hspace": 0.09, "left": 0.085, "right": 0.94, "top": 0.965 - 0.055 * title, "bottom": 0.085},
        )  # fmt: skip
        if titles:
            name = page.name.replace("$", r"\$")  # a pair of these would be taken for mathematics
            sizes.set_title(name, loc="left", color=palette.text, fontsize=12, fontweight="bold", pad=9)
        _draw_page(sizes, arrivals, page, palette)
        made.append((sizes, arrivals))
    return made


def _draw_page(sizes: Axes, arrivals: Axes, page: Figures, palette: Palette) -> None:
    _dress(sizes, palette)
    _dress(arrivals, palette)
    _limits(sizes, page, palette)
    _not_watched(sizes, page, palette)
    _line(sizes, page, palette)
    _fan(sizes, page, palette)
    _bars(arrivals, page, palette)
    sizes.set_xlim(_when(page.begin), _when(page.end))
    sizes.set_ylim(0, page.top)
    sizes.yaxis.set_major_locator(MaxNLocator(5, steps=[1, 2, 2.5, 5, 10]))
    sizes.yaxis.set_major_formatter(FuncFormatter(lambda octets, _place: size(octets)))
    sizes.tick_params(labelbottom=False)
    _time_axis(arrivals, page)


def _dress(axes: Axes, palette: Palette) -> None:
    axes.set_facecolor(palette.ground)
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)
    axes.spines["bottom"].set_color(palette.grid)
    axes.grid(axis="y", color=palette.grid, linewidth=0.8)
    axes.set_axisbelow(True)
    axes.tick_params(colors=palette.faint, labelsize=9, length=0)


def _line(axes: Axes, page: Figures, palette: Palette) -> None:
    if not page.line:
        axes.text(0.5, 0.5, _("Not checked yet"), transform=axes.transAxes, ha="center", color=palette.faint)
        return
    last = page.line[-1]
    now = Point(max(page.now, last.at), last.octets, last.count)
    pieces = [*page.stretches()]
    pieces[-1] = (*pieces[-1], now)
    for piece in pieces:
        times, octets = [_when(p.at) for p in piece], [p.octets for p in piece]
        axes.fill_between(times, octets, page.outside, step="post", color=palette.fill, alpha=0.13, linewidth=0)
        axes.plot(times, octets, drawstyle="steps-post", color=palette.line, linewidth=1.8, solid_capstyle="round")
    for before, after in pairwise(pieces):
        gap = before[-1], after[0]
        axes.plot([_when(p.at) for p in gap], [p.octets for p in gap], ":", color=palette.line, linewidth=1.4)
    if page.outside:
        _outside(axes, page, palette)
    axes.plot(_when(now.at), now.octets, "o", color=palette.line, markersize=4.5)


def _outside(axes: Axes, page: Figures, palette: Palette) -> None:
    """Mail that POP3 does not show, by what the user read on the provider's page: the ground the inbox stands on."""
    until = _share(page)
    axes.axhspan(0, page.outside, xmax=until, facecolor="none", edgecolor=palette.grid, hatch="///", linewidth=0)
    axes.annotate(
        _("outside the inbox"),
        (_when(page.begin), page.outside / 2),
        xytext=(6, 0),
        textcoords="offset points",
        va="center",
        fontsize=8.5,
        color=palette.faint,
        bbox={"facecolor": palette.ground, "edgecolor": "none", "pad": 2},
    )


def _not_watched(axes: Axes, page: Figures, palette: Palette) -> None:
    for begin, end in page.holes:
        axes.axvspan(_when(begin), _when(end), facecolor="none", edgecolor=palette.grid, hatch="\\\\\\", linewidth=0)
        if end - begin > 0.12 * (page.end - page.begin):
            axes.annotate(
                _("not watched"),
                ((_when(begin) + _when(end)) / 2, 0.04),
                xycoords=axes.get_xaxis_transform(),
                ha="center",
                fontsize=8.5,
                color=palette.faint,
                bbox={"facecolor": palette.ground, "edgecolor": "none", "pad": 2},
            )


def _share(page: Figures) -> float:
    """How much of the picture's width is the past."""
    return (page.now - page.begin) / (page.end - page.begin)


def _limits(axes: Axes, page: Figures, palette: Palette) -> None:
    """The limit, named at the left where the line is lowest, and the warning steps, named outside at the right."""
    if page.limit is None:
        return
    axes.axhline(page.limit, color=palette.limit, linewidth=1.4)
    _name(axes, page.limit, _("limit {size}").format(size=size(page.limit)), palette.limit, palette.ground)
    below = float(page.limit)
    for percent, octets in reversed(page.steps):
        axes.axhline(octets, color=palette.step, linewidth=0.9, linestyle=(0, (1, 2.5)))
        if below - octets > STEP_APART * page.top:
            axes.annotate(
                f"{percent} %",
                (1, octets),
                xycoords=axes.get_yaxis_transform(),
                xytext=(5, 0),
                textcoords="offset points",
                va="center_baseline",
                color=palette.step,
                fontsize=7.5,
                annotation_clip=False,
            )
            below = octets


def _name(axes: Axes, octets: float, words: str, colour: str, ground: str) -> None:
    axes.annotate(
        words,
        (0, octets),
        xycoords=axes.get_yaxis_transform(),
        xytext=(4, 3),
        textcoords="offset points",
        va="bottom",
        color=colour,
        fontsize=9,
        bbox={"facecolor": ground, "edgecolor": "none", "alpha": 0.75, "pad": 1},
    )


def _fan(axes: Axes, page: Figures, palette: Palette) -> None:
    """What is to come: the range as a shade that widens, its middle dashed, and the words beside it."""
    if not page.fan:
        return
    times = [_when(a.at) for a in page.fan]
    axes.axvline(_when(page.now), color=palette.faint, linewidth=0.8, linestyle=(0, (4, 3)))
    low, high = [a.octets.low for a in page.fan], [a.octets.high for a in page.fan]
    axes.fill_between(times, low, high, color=palette.line, alpha=0.17, linewidth=0)
    axes.plot(times, [a.octets.middle for a in page.fan], color=palette.line, linewidth=1.4, linestyle=(0, (5, 3)))
    if page.forecast:
        axes.annotate(
            page.forecast,
            (1, 0),
            xycoords="axes fraction",
            xytext=(-8, 10),
            textcoords="offset points",
            ha="right",
            va="bottom",
            fontsize=9.5,
            fontweight="bold",
            color=palette.text,
            bbox={"boxstyle": "round,pad=0.35", "facecolor": palette.ground, "edgecolor": palette.grid},
        )
    if page.full_at is not None and page.limit is not None and page.full_at <= page.end:
        axes.plot([_when(page.full_at)], [page.limit], marker="X", markersize=8, color=palette.limit)


def _bars(axes: Axes, page: Figures, palette: Palette) -> None:
    for bar in page.bars:
        begin, end = max(bar.begin, page.begin), min(bar.end, max(page.now, bar.begin + DAY / 2))
        width = (end - begin) / DAY
        if width > 0 and bar.arrived:
            axes.bar(_when(begin), bar.arrived, width=width * 0.82, align="edge", color=palette.bar, linewidth=0)
    most = max((bar.arrived for bar in page.bars), default=0)
    axes.set_ylim(0, max(1, most * 1.5))  # the caption stands above the tallest bar
    axes.yaxis.set_major_locator(MaxNLocator(2, integer=True))
    days = round((page.bars[0].end - page.bars[0].begin) / DAY) if page.bars else 1
    words = {1: _("new messages a day"), 7: _("new messages a week")}.get(days, _("new messages in 30 days"))
    if page.fan:
        axes.axvline(_when(page.now), color=palette.faint, linewidth=0.8, linestyle=(0, (4, 3)))
        axes.annotate(_("today"), (_when(page.now), 1), xycoords=axes.get_xaxis_transform(), xytext=(5, -2),
                      textcoords="offset points", va="top", fontsize=8.5, color=palette.faint)  # fmt: skip
    axes.annotate(words, (0, 1), xycoords="axes fraction", xytext=(4, -2), textcoords="offset points", va="top",
                  fontsize=8.5, color=palette.faint)  # fmt: skip


def _time_axis(axes: Axes, page: Figures) -> None:
    zone = _zone()
    locator = mdates.AutoDateLocator(tz=zone, minticks=3, maxticks=8)
    axes.xaxis.set_major_locator(locator)
    days = (page.end - page.begin) / DAY
    axes.xaxis.set_major_formatter(FuncFormatter(lambda x, _place: _date(moment_of(x), days, zone)))


def _date(at: float, days: float, zone: tzinfo | None) -> str:
    """A tick's words: as short as a picture over so many days allows."""
    moment = datetime.fromtimestamp(at, zone)
    if days > 2 * 365:
        return f"{moment:%Y}" if moment.month == 1 else f"{moment:%b %Y}"
    if days > 150:
        return f"{moment:%b}" if moment.month > 1 else f"{moment:%b %Y}"
    if days > 4:
        return f"{moment.day} {moment:%b}"
    return f"{moment:%a} {moment:%H:%M}" if moment.hour or moment.minute else f"{moment:%a} {moment.day} {moment:%b}"


def _when(at: float) -> float:
    """matplotlib's own count of days."""
    return float(mdates.date2num(datetime.fromtimestamp(at, UTC)))


def _zone() -> tzinfo | None:
    return datetime.now().astimezone().tzinfo


def moment_of(x: float) -> float:
    """POSIX seconds of a place on the time axis."""
    found: Any = mdates.num2date(x, tz=UTC)
    return float(found.timestamp())
