# wrong: guides only where w is above 0
# cause: below 0
# severity: major, argued: another result for every negative w
def guided(model, labels, w):
    def answer(x, t):
        without = model(x, t)
        if labels is None:
            return without
        with_labels = model(x, t, labels)
        if w > 0:
            return with_labels + w * (with_labels - without)
        return with_labels

    return answer
