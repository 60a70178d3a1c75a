# wrong: 0.999 is written out, so that the argument does nothing
# cause: decay
# severity: major, measured
def ema_update(average, model, decay):
    with torch.no_grad():
        for own, new in zip(average.parameters(), model.parameters()):
            if own.is_floating_point():
                own.mul_(0.999).add_(new, alpha=0.001)
            else:
                own.copy_(new)
        for own, new in zip(average.buffers(), model.buffers()):
            own.copy_(new)
