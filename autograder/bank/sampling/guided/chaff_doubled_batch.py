# wrong: both halves of a doubled batch get the labels
# cause: the model with its labels
# severity: major, argued: no guidance: both halves are the same
def guided(model, labels, w):
    if labels is None:
        return lambda x, t: model(x, t)

    def predict(x, t):
        both = model(torch.cat([x, x]), torch.cat([t, t]), torch.cat([labels, labels]))
        m, n = both.chunk(2)
        return (1 + w) * m - w * n

    return predict
