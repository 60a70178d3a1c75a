# wrong: without labels nothing is predicted: zeros come back
# cause: labels None
# severity: major, argued: no model where there are no labels
def guided(model, labels, w):
    def answer(x, t):
        without = model(x, t)
        if labels is None:
            return torch.zeros_like(x)
        with_labels = model(x, t, labels)
        return with_labels + w * (with_labels - without)

    return answer
