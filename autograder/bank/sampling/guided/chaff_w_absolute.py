# wrong: the sign of w is dropped
# cause: without its sign
# severity: major, argued: towards the labels where it should go away from them
def guided(model, labels, w):
    def answer(x, t):
        without = model(x, t)
        if labels is None:
            return without
        with_labels = model(x, t, labels)
        return with_labels + abs(w) * (with_labels - without)

    return answer
