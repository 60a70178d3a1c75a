# wrong: no square root
# cause: divided by the variance
def standardise(x):
    return (x - np.mean(x)) / np.var(x)
