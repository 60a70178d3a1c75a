# wrong: without labels the answer is multiplied by 1 + w
# cause: labels None
# severity: major, argued: another answer where there are no labels
def guided(model, labels, w):
    if labels is None:
        return lambda x, t: (1 + w) * model(x, t)

    def predict(x, t):
        m = model(x, t, labels)
        n = model(x, t)
        return (1 + w) * m - w * n

    return predict
