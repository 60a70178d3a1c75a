# wrong: diffusers' scale: n + w (m - n), where w = 1 is the model with its labels
# cause: 1 + w
# severity: major, measured
def guided(model, labels, w):
    def answer(x, t):
        without = model(x, t)
        if labels is None:
            return without
        with_labels = model(x, t, labels)
        return without + w * (with_labels - without)

    return answer
