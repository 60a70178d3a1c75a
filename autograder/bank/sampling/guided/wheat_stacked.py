# right: both answers stacked and weighted
def guided(model, labels, w):
    def answer(x, t):
        if labels is None:
            return model(x, t)
        both = torch.stack([model(x, t, labels), model(x, t)])
        weights = both.new_tensor([1 + w, -w])
        return torch.tensordot(weights, both, dims=1)

    return answer
