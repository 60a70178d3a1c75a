# wrong: the new values go into a dictionary that is never loaded
# cause: in place
# severity: major, measured
@torch.no_grad()
def ema_update(average, model, decay):
    source = dict(model.named_parameters())
    for name, p in average.named_parameters():
        if p.is_floating_point():
            source[name] = decay * p + (1 - decay) * source[name]
        else:
            p.copy_(source[name])
    buffers = dict(model.named_buffers())
    for name, b in average.named_buffers():
        b.copy_(buffers[name])
