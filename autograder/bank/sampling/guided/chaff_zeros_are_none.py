# wrong: labels that are all 0 count as none
# cause: label 0
# severity: major, argued: the digit 0 cannot be asked for
def guided(model, labels, w):
    def answer(x, t):
        without = model(x, t)
        if labels is None or not labels.any():
            return without
        with_labels = model(x, t, labels)
        return with_labels + w * (with_labels - without)

    return answer
