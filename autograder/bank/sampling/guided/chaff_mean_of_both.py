# wrong: the mean of the two answers is added to
# cause: the mean of both
# severity: fatal, measured
def guided(model, labels, w):
    def answer(x, t):
        without = model(x, t)
        if labels is None:
            return without
        with_labels = model(x, t, labels)
        return with_labels + w * (with_labels + without) / 2

    return answer
