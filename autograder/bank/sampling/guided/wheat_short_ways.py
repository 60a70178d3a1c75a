# right: one pass alone where w is 0 or -1
def guided(model, labels, w):
    def answer(x, t):
        if labels is None or w == -1:
            return model(x, t)
        if w == 0:
            return model(x, t, labels)
        m, n = model(x, t, labels), model(x, t)
        return (1 + w) * m - w * n

    return answer
