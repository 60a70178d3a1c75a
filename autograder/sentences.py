"""Errors that are a sentence for the person at the keyboard: `main` in cli.py prints it, and no traceback.

Sentence
├── BuildError           a text, or what is made of it, is not as it should be
├── NotBuilt             the assignment is not in release/ or not in the gradebook
├── NoVariants           `course bank` has nothing to judge
└── Stopped              `course grade` ends here, and nothing is lost
    └── NothingToGrade   no submission is where it should be

What is wrong with a submission is a sentence for its student, and stands on the student's page: Refused in
gradebook/read.py.
"""


class Sentence(Exception):
    """Ends a command with exit code 1; the message says what is wrong, and what to do."""


class BuildError(Sentence):
    """Sentences for the author, one a line."""


class NotBuilt(Sentence):
    """`course build` comes first."""


class NoVariants(Sentence):
    """There is nothing to judge; the sentence says what was looked for."""


class Stopped(Sentence):
    """The run ends here, and nothing is lost; the sentence says why, and what to do."""


class NothingToGrade(Stopped):
    """No submission is where it should be."""
