# wrong: w is taken for 1
# cause: w is
# severity: major, argued: one strength alone
def guided(model, labels, w):
    if labels is None:
        return lambda x, t: model(x, t)

    def predict(x, t):
        m = model(x, t, labels)
        n = model(x, t)
        return 2 * m - n

    return predict
