# wrong: only the parameters of the top module itself are moved, not those of its layers
# cause: it stays as it was
# severity: major, measured
def ema_update(average, model, decay):
    with torch.no_grad():
        for own, new in zip(average.parameters(recurse=False), model.parameters(recurse=False)):
            if own.is_floating_point():
                own.mul_(decay).add_(new, alpha=1 - decay)
            else:
                own.copy_(new)
        for own, new in zip(average.buffers(), model.buffers()):
            own.copy_(new)
