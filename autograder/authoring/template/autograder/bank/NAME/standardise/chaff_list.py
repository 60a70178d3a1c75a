# wrong: a list comes back
# cause: should be an array, but it is of type list
# severity: minor, argued: the numbers are right
def standardise(x):
    return list((x - x.mean()) / x.std())
