# right: both sums written out
def standardise(x):
    mean = sum(x) / len(x)
    variance = sum((value - mean) ** 2 for value in x) / len(x)
    return np.array([(value - mean) / variance**0.5 for value in x])
