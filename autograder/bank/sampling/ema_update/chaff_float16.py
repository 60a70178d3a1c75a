# wrong: the mean is taken in float16
# cause: float16
# severity: major, argued: small steps are rounded away
@torch.no_grad()
def ema_update(average, model, decay):
    source = dict(model.named_parameters())
    for name, p in average.named_parameters():
        if p.is_floating_point():
            p.copy_(decay * p.half() + (1 - decay) * source[name].half())
        else:
            p.copy_(source[name])
    buffers = dict(model.named_buffers())
    for name, b in average.named_buffers():
        b.copy_(buffers[name])
