# wrong: a function that answers zeros
# severity: fatal, argued: no work, or next to none
# worth: 0
def guided(model, labels, w):
    return lambda x, t: torch.zeros_like(x)
