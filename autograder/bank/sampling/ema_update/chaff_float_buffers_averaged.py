# wrong: whatever is floating-point is averaged, buffers as well
# cause: buffer
# severity: major, argued: other buffers than the model's
def ema_update(average, model, decay):
    with torch.no_grad():
        for name, mine in [*average.named_parameters(), *average.named_buffers()]:
            theirs = dict([*model.named_parameters(), *model.named_buffers()])[name]
            if mine.is_floating_point():
                mine.mul_(decay).add_((1 - decay) * theirs)
            else:
                mine.copy_(theirs)
