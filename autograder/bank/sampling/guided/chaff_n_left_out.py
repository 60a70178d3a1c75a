# wrong: the model without labels is left out: (1 + w) m
# cause: only m is scaled
# severity: fatal, measured
def guided(model, labels, w):
    if labels is None:
        return lambda x, t: model(x, t)

    def predict(x, t):
        m = model(x, t, labels)
        n = model(x, t)
        return (1 + w) * m

    return predict
