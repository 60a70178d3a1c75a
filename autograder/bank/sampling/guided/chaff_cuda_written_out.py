# wrong: the labels are moved to cuda, wherever x lies
# cause: cuda
# severity: fatal, measured
def guided(model, labels, w):
    if labels is None:
        return lambda x, t: model(x, t)

    labels = labels.cuda()

    def predict(x, t):
        m = model(x, t, labels)
        n = model(x, t)
        return (1 + w) * m - w * n

    return predict
