# wrong: the model's part is not multiplied by 1 - decay
# cause: 1 - decay
# severity: fatal, measured
@torch.no_grad()
def ema_update(average, model, decay):
    source = dict(model.named_parameters())
    for name, p in average.named_parameters():
        if p.is_floating_point():
            p.copy_(decay * p + source[name])
        else:
            p.copy_(source[name])
    buffers = dict(model.named_buffers())
    for name, b in average.named_buffers():
        b.copy_(buffers[name])
