# wrong: the model's weights are multiplied in place
# cause: The model should stay as it was
# severity: fatal, argued: the training is undone
@torch.no_grad()
def ema_update(average, model, decay):
    source = dict(model.named_parameters())
    for name, p in average.named_parameters():
        if p.is_floating_point():
            p.mul_(decay).add_(source[name].mul_(1 - decay))
        else:
            p.copy_(source[name])
    buffers = dict(model.named_buffers())
    for name, b in average.named_buffers():
        b.copy_(buffers[name])
