# right: under no_grad: guidance is there to draw with
def guided(model, labels, w):
    @torch.no_grad()
    def answer(x, t):
        n = model(x, t)
        if labels is None:
            return n
        m = model(x, t, labels)
        return m + w * (m - n)

    return answer
