# wrong: parameters that hold integers are left as they were
# cause: integer
# severity: major, argued: they are those of the first day
def ema_update(average, model, decay):
    with torch.no_grad():
        for own, new in zip(average.parameters(), model.parameters()):
            if own.is_floating_point():
                own.mul_(decay).add_(new, alpha=1 - decay)
        for own, new in zip(average.buffers(), model.buffers()):
            own.copy_(new)
