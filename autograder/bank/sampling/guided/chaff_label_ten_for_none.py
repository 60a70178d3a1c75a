# wrong: the model without labels is asked for with the label 10
# cause: stands for no label
# severity: major, argued: no such label in other models
def guided(model, labels, w):
    def answer(x, t):
        if labels is None:
            return model(x, t)
        without = model(x, t, torch.full_like(labels, 10))
        with_labels = model(x, t, labels)
        return with_labels + w * (with_labels - without)

    return answer
