# wrong: does nothing
# severity: fatal, argued: no work, or next to none
# worth: 0
def ema_update(average, model, decay):
    return None
