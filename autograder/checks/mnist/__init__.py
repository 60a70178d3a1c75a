"""Hidden checks of the mnist assignment.

No check leans on another TODO: what a function needs from elsewhere is a stand-in (student/instruments) whose
numbers the judge chose, so that what should come back can be computed here, by pure arithmetic in float64. Random
draws are never predicted: they are recovered from what came back. Checks of randomness say how rarely they wrong a
right answer: in less than 1 of 1,000,000 cases each. Where one mistake would show in several checks, the later ones
forgive it.

A dictionary of mistakes maps a cause, in words for the student, to the numbers that it would give; where the right
numbers stand among them their name is empty.
"""

from autograder.checks import todos_of

TODOS = todos_of("mnist")
