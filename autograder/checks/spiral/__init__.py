"""Hidden checks of the spiral lab. What they may charge, and what they never do, is in the notebook's docstrings.

Tolerances: every reference is float64, students may answer in float32. One float32 operation rounds at 6e-8
relative, a chain as long as ours at about 1e-5, so 1e-4 relative is above that noise and far below any mistake.
A running product of 1000 alphas in float32 is off by up to 1e-4 relative; it gets 1e-2.
Statistical checks say in their docstring how often they fail a right answer: never more than once in a million.
"""

from autograder.checks import todos_of

TODOS = todos_of("spiral")
