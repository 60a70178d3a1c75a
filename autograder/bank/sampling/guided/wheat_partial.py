# right: functools.partial of a helper
from functools import partial


def mixed(x, t, model, labels, w):
    known = model(x, t, labels)
    return known.add(known - model(x, t), alpha=w)


def guided(model, labels, w):
    if labels is None:
        return partial(lambda x, t, net: net(x, t), net=model)
    return partial(mixed, model=model, labels=labels, w=w)
