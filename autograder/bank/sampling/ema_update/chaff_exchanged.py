# wrong: decay and 1 - decay have changed places
# cause: exchanged
# severity: major, measured
def ema_update(average, model, decay):
    with torch.no_grad():
        for own, new in zip(average.parameters(), model.parameters()):
            if own.is_floating_point():
                own.mul_(1 - decay).add_(new, alpha=decay)
            else:
                own.copy_(new)
        for own, new in zip(average.buffers(), model.buffers()):
            own.copy_(new)
