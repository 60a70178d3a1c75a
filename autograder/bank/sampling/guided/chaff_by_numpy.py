# wrong: the sum is made by NumPy, which cannot read a GPU's memory
# cause: NumPy
# severity: major, argued: stops on a GPU
def guided(model, labels, w):
    if labels is None:
        return lambda x, t: model(x, t)

    def predict(x, t):
        m = model(x, t, labels)
        n = model(x, t)
        mixed = (1 + w) * m.detach().numpy() - w * n.detach().numpy()
        return torch.from_numpy(mixed)

    return predict
