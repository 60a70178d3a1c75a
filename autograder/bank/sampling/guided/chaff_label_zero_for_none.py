# wrong: the model without labels is asked for with the label 0, which is a digit
# cause: without labels
# severity: major, argued: images are pushed away from the zeros
def guided(model, labels, w):
    def answer(x, t):
        if labels is None:
            return model(x, t)
        with_labels = model(x, t, labels)
        without = model(x, t, torch.zeros_like(labels))
        return with_labels + w * (with_labels - without)

    return answer
