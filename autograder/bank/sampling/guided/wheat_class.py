# right: an object that is called like a function, the labels asked first
class Guide:
    def __init__(self, model, labels, w):
        self.model, self.labels, self.w = model, labels, w

    def __call__(self, x, t):
        if self.labels is None:
            return self.model(x, t)
        m = self.model(x, t, self.labels)
        n = self.model(x, t)
        return m + self.w * (m - n)


def guided(model, labels, w):
    return Guide(model, labels, w)
