# %% [markdown]
# # NAME
#
# What you build here, and what you can do afterwards.
#
# * Work from top to bottom and run one cell at a time.
# * Each **TODO** has a description, a stub, hints and a check. Read the stub's docstring: it says what must
#   be true of your result. What it leaves open is yours to choose.
# * The check prints ✓, or a sentence about what is wrong. It tests part of what the grader tests.
#
# | TODO | you write | difficulty | minutes | points |
# |---|---|---|---|---|
# | [standardise] | `standardise` | ●○○○○ | 10 | 4 |

# %% given="needs"
# The least versions that this notebook was run with.
NEEDS = {"python": "3.10", "numpy": "1.26"}

# %% given="start"


# %% given="imports"
import contextlib
import io
import linecache
import math
import traceback

import numpy as np
from IPython.display import display


# %% given="check_helper"


# %% [markdown]
# ## 1. Data of the right size
#
# The forward process mixes data with noise of mean 0 and variance 1. Data of the same size make the noise
# schedule mean what it says.
#
# ### TODO [standardise]: `standardise`
#
# $$ z_i = \frac{x_i - \mu}{\sigma}, \qquad \mu = \frac1n \sum_i x_i, \qquad
# \sigma^2 = \frac1n \sum_i (x_i - \mu)^2 $$
#
# | argument | meaning | type |
# |---|---|---|
# | `x` | numbers that are not all the same | array `(n,)` |
# | **returns** | $z$ | array `(n,)`, float32 or float64 |
#
# Difficulty ●○○○○ · Importance ●●●○○ · about 10 min

# %% todo="standardise"
# ✎ TODO [standardise]: this cell is yours.
def standardise(x):
    """Return x with its mean taken away, divided by its standard deviation, as an array of the same shape.

    Must be true: the mean of the result is 0, and its variance, the sum of squares over n, is 1.
    Yours to choose: how you compute them.
    """
    ### BEGIN SOLUTION
    return (x - x.mean()) / x.std()
    ### END SOLUTION


# %% [markdown] hint="standardise"
# <details><summary>Hints for <code>standardise</code>, by symptom</summary>
#
# <details><summary>I do not know how to start</summary>
#
# Two numbers say where the data lie and how wide they are. Which one do you take away, and by which one do
# you divide?
# </details>
# <details><summary>I get: "The mean should be 0"</summary>
#
# Something has to be subtracted from every number. Does the division stand outside the brackets?
# </details>
# <details><summary>I get: "The variance should be 1"</summary>
#
# $\sigma$ is the root of the variance, and its sum is divided by $n$. NumPy's `std` does both, torch's
# divides by $n-1$ unless you say otherwise.
# </details>
# </details>

# %% check="standardise"
with check("standardise"):  # a NameError? Run the notebook from its first cell on.
    z = standardise(np.array([1.0, 2.0, 6.0]))
    assert np.shape(z) == (3,), f"The shape should be (3,), yours is {np.shape(z)}."
    assert abs(np.mean(z)) < 1e-5, f"The mean should be 0, yours is {np.mean(z):.3f}."
    assert abs(np.var(z) - 1) < 1e-5, f"The variance should be 1, yours is {np.var(z):.3f}."

# %% [markdown]
# ## Before you hand in
#
# The table below says what the checks in sight said when they ran last. Hand in this notebook under its name, in the way
# that the course named.

# %% given="overview_helper"


# %% given="overview"
overview(
    standardise=4,
)
