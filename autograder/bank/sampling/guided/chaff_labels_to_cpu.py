# wrong: the labels are brought to the CPU first
# cause: CPU
# severity: major, argued: stops on a GPU
def guided(model, labels, w):
    if labels is not None:
        labels = torch.tensor(labels.tolist())

    def answer(x, t):
        without = model(x, t)
        if labels is None:
            return without
        with_labels = model(x, t, labels)
        return with_labels + w * (with_labels - without)

    return answer
