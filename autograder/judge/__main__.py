"""`python -m autograder.judge`: see serve.py."""

from autograder.judge.serve import serve

serve()
