# wrong: copies the model, whatever the decay is
# severity: fatal, argued: it does another thing than it is for
# worth: 2.125, for part of the work
def ema_update(average, model, decay):
    average.load_state_dict(model.state_dict())
