# wrong: the answer is rescaled to the deviation of m, as diffusers' guidance_rescale
# cause: rescale
# severity: major, argued: another answer
def guided(model, labels, w):
    if labels is None:
        return lambda x, t: model(x, t)

    def predict(x, t):
        m = model(x, t, labels)
        n = model(x, t)
        mixed = (1 + w) * m - w * n
        return mixed * m.std(dim=(1, 2, 3), keepdim=True) / mixed.std(dim=(1, 2, 3), keepdim=True)

    return predict
