# right: through .data, which autograd does not see; returns the average
def ema_update(average, model, decay):
    for p, q in zip(average.parameters(), model.parameters()):
        if torch.is_floating_point(p):
            p.data.copy_(decay * p.data + (1.0 - decay) * q.data)
        else:
            p.data.copy_(q.data)
    for b, c in zip(average.buffers(), model.buffers()):
        b.data.copy_(c.data)
    return average
