# wrong: w is cut off to a whole number
# cause: whole number
# severity: major, argued: another strength for all that is between
def guided(model, labels, w):
    w = int(w)

    def answer(x, t):
        without = model(x, t)
        if labels is None:
            return without
        with_labels = model(x, t, labels)
        return with_labels + w * (with_labels - without)

    return answer
