# wrong: the sum is made in a tensor on the CPU, wherever x lies
# cause: mixes devices
# severity: major, argued: stops on a GPU
def guided(model, labels, w):
    def answer(x, t):
        without = model(x, t)
        if labels is None:
            return without
        with_labels = model(x, t, labels)
        total = torch.zeros(x.shape, dtype=x.dtype)
        total += with_labels
        total += w * (with_labels - without)
        return total

    return answer
