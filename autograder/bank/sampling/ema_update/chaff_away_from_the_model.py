# wrong: the difference has the wrong sign: the average moves away
# cause: away from
# severity: fatal, measured
def ema_update(average, model, decay):
    with torch.no_grad():
        for own, new in zip(average.parameters(), model.parameters()):
            if own.is_floating_point():
                own.add_((1 - decay) * (own - new))
            else:
                own.copy_(new)
        for own, new in zip(average.buffers(), model.buffers()):
            own.copy_(new)
