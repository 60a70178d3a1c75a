# wrong: the first factor is 1 - w: (1 - w) m + w n
# cause: the sign of w
# severity: major, measured
def guided(model, labels, w):
    if labels is None:
        return lambda x, t: model(x, t)

    def predict(x, t):
        m = model(x, t, labels)
        n = model(x, t)
        return (1 - w) * m + w * n

    return predict
