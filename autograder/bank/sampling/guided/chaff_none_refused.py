# wrong: without labels it stops
# symptom: NoneType
# severity: major, argued: the model without labels cannot be asked for
def guided(model, labels, w):
    labels = labels.long()

    def answer(x, t):
        m, n = model(x, t, labels), model(x, t)
        return m + w * (m - n)

    return answer
