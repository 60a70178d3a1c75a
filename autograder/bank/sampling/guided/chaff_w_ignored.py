# wrong: w is never used
# cause: w is
# severity: major, argued: no guidance
def guided(model, labels, w):
    def answer(x, t):
        without = model(x, t)
        if labels is None:
            return without
        with_labels = model(x, t, labels)
        return with_labels

    return answer
