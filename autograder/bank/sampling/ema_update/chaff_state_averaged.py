# wrong: everything in the state dictionary is averaged, and cut off where it holds integers
# cause: buffer
# severity: major, argued: other buffers than the model's
@torch.no_grad()
def ema_update(average, model, decay):
    theirs = dict(model.named_parameters()) | dict(model.named_buffers())
    for name, p in average.named_parameters():
        p.copy_(decay * p + (1 - decay) * theirs[name] if p.is_floating_point() else theirs[name])
    for name, b in average.named_buffers():
        b.copy_((decay * b + (1 - decay) * theirs[name]).to(b.dtype))
