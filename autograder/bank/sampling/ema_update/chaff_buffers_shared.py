# wrong: the average takes the model's buffers themselves
# cause: no longer the same object
# severity: major, argued: what the model does later shows in the average
def ema_update(average, model, decay):
    with torch.no_grad():
        for own, new in zip(average.parameters(), model.parameters()):
            if own.is_floating_point():
                own.lerp_(new, 1 - decay)
            else:
                own.copy_(new)
    for mine, theirs in zip(average.modules(), model.modules()):
        for name in mine._buffers:
            mine._buffers[name] = theirs._buffers[name]
