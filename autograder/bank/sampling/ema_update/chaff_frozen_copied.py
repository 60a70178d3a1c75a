# wrong: parameters that need no gradient are copied, not averaged
# cause: the model's is copied
# severity: major, measured
@torch.no_grad()
def ema_update(average, model, decay):
    source = dict(model.named_parameters())
    for name, p in average.named_parameters():
        if p.is_floating_point() and source[name].requires_grad:
            p.copy_(decay * p + (1 - decay) * source[name])
        else:
            p.copy_(source[name])
    buffers = dict(model.named_buffers())
    for name, b in average.named_buffers():
        b.copy_(buffers[name])
