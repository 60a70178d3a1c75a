# %% [markdown]
# Cells that more than one assignment gives. An assignment takes one by an empty cell of its name, and imports what it
# needs in a cell of its own.

# %%
import contextlib
import io
import linecache
import traceback


# %% given="check_helper"
class CheckFailed(Exception):
    """A check that did not pass. Jupyter shows its sentence and no traceback."""

    def _render_traceback_(self):
        return [str(self)]


class check:
    """`with check("name"):` runs asserts, prints ✓, or says in one sentence what is wrong."""

    def __init__(self, todo):
        self.todo = todo

    def __enter__(self):
        self.quiet = contextlib.redirect_stderr(io.StringIO())  # a warning is not a mistake
        self.quiet.__enter__()
        return self

    def __exit__(self, kind, error, trace):
        self.quiet.__exit__(None, None, None)
        if error is None:
            print(f"✓ {self.todo}: the visible checks pass")
        elif isinstance(error, Exception):
            raise CheckFailed(f"✗ {self.todo}: {self.explain(error, trace)}") from None

    def explain(self, error, trace):
        """One sentence about the error, with the line of the notebook where it arose."""
        frames = [(f, n) for f, n in traceback.walk_tb(trace) if f.f_globals is globals()]
        frame, number = frames[-1]  # the innermost one that belongs to the notebook
        where = getattr(frame.f_code, "co_qualname", frame.f_code.co_name)
        if isinstance(error, NotImplementedError):
            name = "this TODO" if where in ("<module>", self.todo) else where
            return f"{name} is still open. Fill in its cell and run it, then run this check again."
        if isinstance(error, AssertionError) and str(error):
            return str(error)
        line = linecache.getline(frame.f_code.co_filename, number).strip()
        place = "in this check" if where == "<module>" else f"in {where}, line {number} of its cell"
        return f"{type(error).__name__}: {error} ({place}{': ' + line if line else ''})"
