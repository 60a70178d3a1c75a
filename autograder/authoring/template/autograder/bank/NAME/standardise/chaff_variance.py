# wrong: no square root
# cause: divided by the variance
# severity: major, argued: the result is another one
def standardise(x):
    return (x - np.mean(x)) / np.var(x)
