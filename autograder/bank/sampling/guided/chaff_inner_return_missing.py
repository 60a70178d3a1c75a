# wrong: the inner function returns nothing where there are labels
# cause: return
# severity: fatal, measured
def guided(model, labels, w):
    def answer(x, t):
        without = model(x, t)
        if labels is None:
            return without
        with_labels = model(x, t, labels)
        with_labels + w * (with_labels - without)

    return answer
