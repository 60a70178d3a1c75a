"""The plots of a class report, as pictures that a page holds."""

from __future__ import annotations

from base64 import b64encode
from io import BytesIO

import matplotlib
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from autograder.feedback.report import Report

BLUE, RED, GREY = "#0b4f9e", "#9c1f1a", "#c9d0da"


def distribution(report: Report) -> str:
    """Automatic points of the class."""
    figure = Figure(figsize=(6.4, 2.4), layout="constrained")
    axes = figure.subplots()
    axes.hist(report.points, bins=20, range=(0, report.most or 1), color=BLUE)
    axes.set(xlabel="automatic points", ylabel="students", xlim=(0, report.most or 1))
    axes.yaxis.set_major_locator(MaxNLocator(integer=True))
    return address(figure)


def success(report: Report) -> str:
    """Full, some and no points, a bar a TODO."""
    rows = report.success[::-1]
    figure = Figure(figsize=(6.4, 0.8 + 0.3 * len(rows)), layout="constrained")
    axes, total = figure.subplots(), len(report.verdicts)
    names = [row.todo for row in rows]
    full, none = [row.full for row in rows], [row.none for row in rows]
    some = [total - one - other for one, other in zip(full, none, strict=True)]
    axes.barh(names, full, color=BLUE, label="full points")
    axes.barh(names, some, left=full, color=GREY, label="some")
    axes.barh(names, none, left=[a + b for a, b in zip(full, some, strict=True)], color=RED, label="none")
    axes.set(xlabel="students", xlim=(0, total))
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    figure.legend(loc="outside upper center", ncols=3, frameon=False)
    return address(figure)


def address(figure: Figure) -> str:
    """As an SVG in a data: address; the same report gives the same bytes."""
    written = BytesIO()
    with matplotlib.rc_context({"svg.hashsalt": "report", "svg.fonttype": "path"}):
        figure.savefig(written, format="svg", metadata={"Date": None})
    return f"data:image/svg+xml;base64,{b64encode(written.getvalue()).decode()}"
