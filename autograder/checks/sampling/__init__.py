"""Hidden checks of sampling: a file a TODO. What they may charge is in the docstrings of the text, source/sampling.py."""

from autograder.checks import todos_of

TODOS = todos_of("sampling")
