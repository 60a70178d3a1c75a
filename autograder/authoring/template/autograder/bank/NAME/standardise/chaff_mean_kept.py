# wrong: scaled, but not shifted
# cause: the mean is not taken away
# severity: major, argued: the result is another one
def standardise(x):
    return x / np.std(x)
