"""Hidden checks of the sampling assignment.

No check leans on another TODO: to_x_0 and ddim_step are stand-ins where `sample` is asked, models tell what they see
(student/instruments). What should come back is computed here, in float64. Random draws are never predicted: they are
recovered from what came back. Checks of randomness say how rarely they wrong a right answer: in less than 1 of
1,000,000 cases each.

A dictionary of mistakes maps a cause, in words for the student, to the numbers that it would give.
"""

from autograder.checks import todos_of

TODOS = todos_of("sampling")
