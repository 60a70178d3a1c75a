# wrong: parameters that need no gradient are left as they were
# cause: the parameter frozen
# severity: major, measured
def ema_update(average, model, decay):
    with torch.no_grad():
        for own, new in zip(average.parameters(), model.parameters()):
            if not new.requires_grad and own.is_floating_point():
                continue
            if own.is_floating_point():
                own.mul_(decay).add_(new, alpha=1 - decay)
            else:
                own.copy_(new)
        for own, new in zip(average.buffers(), model.buffers()):
            own.copy_(new)
