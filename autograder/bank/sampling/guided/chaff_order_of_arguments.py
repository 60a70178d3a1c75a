# wrong: the function takes (t, x)
# symptom: must match the size
# severity: fatal, measured
def guided(model, labels, w):
    if labels is None:
        return lambda t, x: model(x, t)

    def predict(t, x):
        m = model(x, t, labels)
        n = model(x, t)
        return (1 + w) * m - w * n

    return predict
