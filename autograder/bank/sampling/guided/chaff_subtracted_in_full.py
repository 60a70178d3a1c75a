# wrong: w m - (1 + w) n
# cause: exchanged
# severity: fatal, measured
def guided(model, labels, w):
    if labels is None:
        return lambda x, t: model(x, t)

    def predict(x, t):
        m = model(x, t, labels)
        n = model(x, t)
        return w * m - (1 + w) * n

    return predict
