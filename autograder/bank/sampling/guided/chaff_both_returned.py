# wrong: the function returns both answers as a pair
# cause: tuple
# severity: fatal, measured
def guided(model, labels, w):
    if labels is None:
        return lambda x, t: model(x, t)

    def predict(x, t):
        m = model(x, t, labels)
        n = model(x, t)
        return m, n

    return predict
