"""`python -m autograder.judge`: see serve.py."""

from autograder import ends

for pipe in (0, 1):
    ends.end_with(pipe)  # when nobody is left to ask, or to read the answers

from autograder.judge.serve import serve  # noqa: E402 - takes seconds

serve()
