# wrong: the model moves towards the average
# cause: it stays as it was
# severity: major, measured
def ema_update(average, model, decay):
    with torch.no_grad():
        for own, new in zip(model.parameters(), average.parameters()):
            if own.is_floating_point():
                own.mul_(decay).add_(new, alpha=1 - decay)
            else:
                own.copy_(new)
        for own, new in zip(average.buffers(), model.buffers()):
            own.copy_(new)
