# right: each mean is taken in float64 and rounded once
def ema_update(average, model, decay):
    with torch.no_grad():
        for a, b in zip(average.parameters(), model.parameters(), strict=True):
            if a.is_floating_point():
                a.copy_(decay * a.double() + (1 - decay) * b.double())
            else:
                a.copy_(b)
        for a, b in zip(average.buffers(), model.buffers(), strict=True):
            a.copy_(b)
    return average
