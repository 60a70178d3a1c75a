# wrong: the model's parameters are copied
# cause: copied
# severity: major, measured
def ema_update(average, model, decay):
    with torch.no_grad():
        for own, new in zip(average.parameters(), model.parameters()):
            if own.is_floating_point():
                own.copy_(new)
            else:
                own.copy_(new)
        for own, new in zip(average.buffers(), model.buffers()):
            own.copy_(new)
