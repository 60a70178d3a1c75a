# wrong: w scales m alone: m + w m - n
# cause: n is subtracted without w
# severity: fatal, measured
def guided(model, labels, w):
    def answer(x, t):
        without = model(x, t)
        if labels is None:
            return without
        with_labels = model(x, t, labels)
        return with_labels + w * with_labels - without

    return answer
