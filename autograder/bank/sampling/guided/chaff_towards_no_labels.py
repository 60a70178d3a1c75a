# wrong: the difference has the wrong sign: m + w (n - m)
# cause: sign
# severity: major, measured
def guided(model, labels, w):
    def answer(x, t):
        n = model(x, t)
        if labels is None:
            return n
        m = model(x, t, labels)
        return m + w * (n - m)

    return answer
