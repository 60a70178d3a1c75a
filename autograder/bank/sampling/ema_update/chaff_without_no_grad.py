# wrong: autograd is not switched off: torch refuses to change a leaf in place
# cause: grad
# severity: fatal, argued: stops
def ema_update(average, model, decay):
    for own, new in zip(average.parameters(), model.parameters()):
        if own.is_floating_point():
            own.mul_(decay).add_(new, alpha=1 - decay)
        else:
            own.copy_(new)
    for own, new in zip(average.buffers(), model.buffers()):
        own.copy_(new)
