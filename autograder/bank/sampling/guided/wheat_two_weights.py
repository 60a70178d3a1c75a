# right: (1 + w) m - w n in a lambda; without labels the model itself
def guided(model, labels, w):
    if labels is None:
        return lambda x, t: model(x, t)
    return lambda x, t: (1 + w) * model(x, t, labels) - w * model(x, t)
