# wrong: divided by 1 + w
# cause: divided by 1 + w
# severity: fatal, measured
def guided(model, labels, w):
    if labels is None:
        return lambda x, t: model(x, t)

    def predict(x, t):
        m = model(x, t, labels)
        n = model(x, t)
        return ((1 + w) * m - w * n) / (1 + w) if w != -1 else n

    return predict
