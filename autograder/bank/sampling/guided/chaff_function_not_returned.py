# wrong: the inner function is not returned
# cause: return
# severity: fatal, measured
def guided(model, labels, w):
    def answer(x, t):
        without = model(x, t)
        if labels is None:
            return without
        with_labels = model(x, t, labels)
        return with_labels + w * (with_labels - without)
