# wrong: the mean is given to the model as well
# cause: written into it
# severity: major, argued: the training is slowed down
def ema_update(average, model, decay):
    with torch.no_grad():
        for own, new in zip(average.parameters(), model.parameters()):
            if own.is_floating_point():
                own.mul_(decay).add_(new, alpha=1 - decay)
                new.copy_(own)
            else:
                own.copy_(new)
        for own, new in zip(average.buffers(), model.buffers()):
            own.copy_(new)
