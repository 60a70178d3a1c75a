# wrong: decay counts squared
# cause: decay
# severity: major, argued: another decay
@torch.no_grad()
def ema_update(average, model, decay):
    decay = decay**2
    source = dict(model.named_parameters())
    for name, p in average.named_parameters():
        if p.is_floating_point():
            p.copy_(decay * p + (1 - decay) * source[name])
        else:
            p.copy_(source[name])
    buffers = dict(model.named_buffers())
    for name, b in average.named_buffers():
        b.copy_(buffers[name])
