# wrong: each parameter takes requires_grad over from the model
# cause: requires_grad
# severity: major, argued: a frozen average is no longer frozen
@torch.no_grad()
def ema_update(average, model, decay):
    for p, q in zip(average.parameters(), model.parameters()):
        p.requires_grad_(q.requires_grad)
    source = dict(model.named_parameters())
    for name, p in average.named_parameters():
        if p.is_floating_point():
            p.copy_(decay * p + (1 - decay) * source[name])
        else:
            p.copy_(source[name])
    buffers = dict(model.named_buffers())
    for name, b in average.named_buffers():
        b.copy_(buffers[name])
