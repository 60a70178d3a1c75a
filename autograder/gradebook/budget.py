"""What one notebook's texts may cost, so that no submission keeps the others waiting for their pages."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from time import thread_time

SECONDS = 2.0  # of a processor; the texts and outputs of a solution take about an eighth of it
CHARS = 2 * 2**20  # which nbconvert reads once more when the page is written: 4 s of it at worst
NO_ROOM = "\n[The rest was left out: this page is full.]"


@dataclass
class Budget:
    """Processor time in which HTML is cleaned and texts are laid out; later ones stay as they were written, as long as
    there is room for their characters."""

    seconds: float = SECONDS
    chars: int = CHARS

    @contextmanager
    def spending(self) -> Iterator[None]:
        start = thread_time()
        try:
            yield
        finally:
            self.seconds -= thread_time() - start

    @property
    def is_spent(self) -> bool:
        return self.seconds <= 0

    def room_for(self, text: str) -> str:
        """As much of a text as there is room for."""
        shown = text[: max(0, self.chars)]
        self.chars -= len(text)
        return shown if len(shown) == len(text) else shown + NO_ROOM
