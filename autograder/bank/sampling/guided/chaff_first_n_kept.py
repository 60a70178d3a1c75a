# wrong: the answer without labels is kept from the first call
# cause: is an answer kept
# severity: fatal, measured
def guided(model, labels, w):
    kept = []

    def answer(x, t):
        if not kept:
            kept.append(model(x, t))
        if labels is None:
            return kept[0]
        m = model(x, t, labels)
        return m + w * (m - kept[0])

    return answer
