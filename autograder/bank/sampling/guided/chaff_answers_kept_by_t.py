# wrong: answers are kept by t: another x at the same t gets the first one's
# cause: is it kept
# severity: major, argued: right for the first images only
def guided(model, labels, w):
    kept = {}

    def answer(x, t):
        key = int(t[0])
        if key not in kept:
            n = model(x, t)
            m = n if labels is None else model(x, t, labels)
            kept[key] = m + w * (m - n)
        return kept[key]

    return answer
