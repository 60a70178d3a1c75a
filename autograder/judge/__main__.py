"""`python -m autograder.judge`: see serve.py."""

from autograder import ends

ends.end_with(1)  # when nobody is left to read the answers

from autograder.judge.serve import serve  # noqa: E402 - takes seconds

serve()
