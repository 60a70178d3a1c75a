# wrong: the answer is written into x
# cause: change
# severity: minor, argued: the answer is right, only the caller's x changes
def guided(model, labels, w):
    def answer(x, t):
        without = model(x, t)
        if labels is None:
            return without
        with_labels = model(x, t, labels)
        x.copy_(with_labels + w * (with_labels - without))
        return x.clone()

    return answer
