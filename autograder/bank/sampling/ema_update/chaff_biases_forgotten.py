# wrong: parameters of one axis, biases and norms, are left as they were
# cause: bias
# severity: major, argued: half of the layers do not move
def ema_update(average, model, decay):
    with torch.no_grad():
        for own, new in zip(average.parameters(), model.parameters()):
            if own.dim() == 1:
                continue
            if own.is_floating_point():
                own.mul_(decay).add_(new, alpha=1 - decay)
            else:
                own.copy_(new)
        for own, new in zip(average.buffers(), model.buffers()):
            own.copy_(new)
