# right: from the model without labels: n + (1 + w) (m - n)
def guided(model, labels, w):
    scale = 1 + w

    def guess(x, t):
        n = model(x, t)
        return n if labels is None else n + scale * (model(x, t, labels) - n)

    return guess
