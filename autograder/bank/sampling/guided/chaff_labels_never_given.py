# wrong: the labels are never given to the model
# cause: labels are
# severity: fatal, measured
def guided(model, labels, w):
    def answer(x, t):
        without = model(x, t)
        if labels is None:
            return without
        with_labels = model(x, t)
        return with_labels + w * (with_labels - without)

    return answer
