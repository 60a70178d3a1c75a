# wrong: w is kept between 0 and 1
# cause: above 1
# severity: major, argued: another strength beyond
def guided(model, labels, w):
    if labels is None:
        return lambda x, t: model(x, t)

    w = min(max(w, 0.0), 1.0)

    def predict(x, t):
        m = model(x, t, labels)
        n = model(x, t)
        return (1 + w) * m - w * n

    return predict
