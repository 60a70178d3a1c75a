# wrong: begins at the wrong end: n + w (n - m)
# cause: wrong way round
# severity: fatal, measured
def guided(model, labels, w):
    def answer(x, t):
        without = model(x, t)
        if labels is None:
            return without
        with_labels = model(x, t, labels)
        return without + w * (without - with_labels)

    return answer
