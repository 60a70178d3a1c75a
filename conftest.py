"""A run of tests ends with the files that took longest, so that what grows is seen."""

from __future__ import annotations

from collections import Counter

import pytest

SHOWN = 10
seconds: Counter[str] = Counter()  # by file; with pytest-xdist each worker's reports reach the process that sums them


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    seconds[report.location[0]] += report.duration


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if len(seconds) > 1:
        terminalreporter.section("slowest files")
        for file, taken in seconds.most_common(SHOWN):
            terminalreporter.write_line(f"{taken:7.1f} s  {file}")
