"""Hidden checks of NAME: a file a TODO. What they may charge is in the docstrings of the text, source/NAME.py."""

from autograder.checks import todos_of

TODOS = todos_of("NAME")
