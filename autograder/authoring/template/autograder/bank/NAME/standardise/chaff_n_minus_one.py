# wrong: the standard deviation of a sample, as torch gives it
# cause: over n - 1, not over n
# severity: major, argued: the result is another one
def standardise(x):
    return (x - x.mean()) / x.std(ddof=1)
