# wrong: parameters that hold integers are averaged and cut off
# cause: integer
# severity: major, argued: other integers than the model's
@torch.no_grad()
def ema_update(average, model, decay):
    source = dict(model.named_parameters())
    for name, p in average.named_parameters():
        p.copy_(decay * p + (1 - decay) * source[name])
    buffers = dict(model.named_buffers())
    for name, b in average.named_buffers():
        b.copy_(buffers[name])
