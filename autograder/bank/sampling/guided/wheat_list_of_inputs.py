# right: a loop over the two lists of arguments
def guided(model, labels, w):
    asks = [((), 1.0)] if labels is None else [((labels,), 1.0 + w), ((), -float(w))]

    def total(x, t):
        return sum(weight * model(x, t, *more) for more, weight in asks)

    return total
