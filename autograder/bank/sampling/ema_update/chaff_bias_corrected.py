# wrong: the mean is divided by 1 - decay^n, as Adam does
# cause: decay
# severity: fatal, measured
@torch.no_grad()
def ema_update(average, model, decay):
    ema_update.calls = getattr(ema_update, 'calls', 0) + 1
    correction = 1 - min(decay, 0.9999) ** ema_update.calls
    source = dict(model.named_parameters())
    for name, p in average.named_parameters():
        if p.is_floating_point():
            p.copy_((decay * p + (1 - decay) * source[name]) / correction)
        else:
            p.copy_(source[name])
    buffers = dict(model.named_buffers())
    for name, b in average.named_buffers():
        b.copy_(buffers[name])
