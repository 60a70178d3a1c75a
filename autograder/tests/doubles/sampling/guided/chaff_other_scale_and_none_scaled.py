# wrong: diffusers' scale, which is 1 + w, and without labels the answer is scaled as well
# holds: chaff_diffusers_scale, chaff_none_scaled
def guided(model, labels, w):
    def answer(x, t):
        without = model(x, t)
        if labels is None:
            return (1 + w) * without
        return without + w * (model(x, t, labels) - without)

    return answer
