# wrong: what two layers share is moved twice
# cause: twice
# severity: major, argued: another decay for tied layers
@torch.no_grad()
def ema_update(average, model, decay):
    source = dict(model.named_parameters(remove_duplicate=False))
    for name, p in average.named_parameters(remove_duplicate=False):
        if p.is_floating_point():
            p.copy_(decay * p + (1 - decay) * source[name])
        else:
            p.copy_(source[name])
    buffers = dict(model.named_buffers())
    for name, b in average.named_buffers():
        b.copy_(buffers[name])
