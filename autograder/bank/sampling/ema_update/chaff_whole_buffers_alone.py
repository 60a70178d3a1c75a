# wrong: only buffers that hold integers are copied, the others are left
# cause: buffer
# severity: major, argued: running statistics are those of the first day
@torch.no_grad()
def ema_update(average, model, decay):
    source = dict(model.named_parameters())
    for name, p in average.named_parameters():
        if p.is_floating_point():
            p.copy_(decay * p + (1 - decay) * source[name])
        else:
            p.copy_(source[name])
    buffers = dict(model.named_buffers())
    for name, b in average.named_buffers():
        if not b.is_floating_point():
            b.copy_(buffers[name])
