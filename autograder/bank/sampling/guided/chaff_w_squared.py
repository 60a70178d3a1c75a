# wrong: w counts squared
# cause: squared
# severity: major, argued: another strength
def guided(model, labels, w):
    def answer(x, t):
        without = model(x, t)
        if labels is None:
            return without
        with_labels = model(x, t, labels)
        return with_labels + w**2 * (with_labels - without)

    return answer
