# wrong: the first image's t is given to all
# cause: t of
# severity: major, argued: right where all t are the same
def guided(model, labels, w):
    def answer(x, t):
        t = t[:1].expand(len(x))
        without = model(x, t)
        if labels is None:
            return without
        with_labels = model(x, t, labels)
        return with_labels + w * (with_labels - without)

    return answer
