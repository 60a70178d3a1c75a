# wrong: the first label is given to all images
# cause: first label
# severity: fatal, measured
def guided(model, labels, w):
    if labels is None:
        return lambda x, t: model(x, t)

    def predict(x, t):
        m = model(x, t, labels[:1].expand(len(x)))
        n = model(x, t)
        return (1 + w) * m - w * n

    return predict
