# wrong: the model with its labels, whatever w is
# severity: fatal, argued: right for w = 0 alone
# worth: 0.5
def guided(model, labels, w):
    return lambda x, t: model(x, t) if labels is None else model(x, t, labels)
