# wrong: gives the model back, without its labels
# severity: fatal, argued: no work, or next to none
# worth: 0.25
def guided(model, labels, w):
    return model
