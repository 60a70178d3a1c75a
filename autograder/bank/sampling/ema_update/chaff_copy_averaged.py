# wrong: a copy of the average is moved and returned, the average itself stays
# cause: in place
# severity: major, measured
def ema_update(average, model, decay):
    import copy

    average = copy.deepcopy(average)
    with torch.no_grad():
        for own, new in zip(average.parameters(), model.parameters()):
            if own.is_floating_point():
                own.mul_(decay).add_(new, alpha=1 - decay)
            else:
                own.copy_(new)
        for own, new in zip(average.buffers(), model.buffers()):
            own.copy_(new)
    return average
