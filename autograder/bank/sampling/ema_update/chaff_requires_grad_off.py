# wrong: the average is frozen on the way
# cause: requires_grad
# severity: major, argued: who trains the average later trains nothing
def ema_update(average, model, decay):
    average.requires_grad_(False)
    with torch.no_grad():
        for own, new in zip(average.parameters(), model.parameters()):
            if own.is_floating_point():
                own.mul_(decay).add_(new, alpha=1 - decay)
            else:
                own.copy_(new)
        for own, new in zip(average.buffers(), model.buffers()):
            own.copy_(new)
