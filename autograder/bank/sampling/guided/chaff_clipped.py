# wrong: the answer is clipped to [-1, 1]
# cause: clip
# severity: fatal, measured
def guided(model, labels, w):
    def answer(x, t):
        without = model(x, t)
        if labels is None:
            return without
        with_labels = model(x, t, labels)
        return (with_labels + w * (with_labels - without)).clamp(-1, 1)

    return answer
