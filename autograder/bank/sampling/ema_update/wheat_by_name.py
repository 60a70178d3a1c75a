# right: paired by their names, mul_ and add_
def ema_update(average, model, decay):
    theirs = dict(model.named_parameters())
    with torch.no_grad():
        for name, value in average.named_parameters():
            if value.is_floating_point():
                value.mul_(decay).add_(theirs[name], alpha=1 - decay)
            else:
                value.copy_(theirs[name])
        buffers = dict(model.named_buffers())
        for name, value in average.named_buffers():
            value.copy_(buffers[name])
