# wrong: the decay begins small and grows from call to call, as in TensorFlow and many libraries
# cause: decay
# severity: major, argued: another decay in the first calls
def ema_update(average, model, decay):
    ema_update.calls = getattr(ema_update, 'calls', 0) + 1
    decay = min(decay, (1 + ema_update.calls) / (10 + ema_update.calls))
    with torch.no_grad():
        for own, new in zip(average.parameters(), model.parameters()):
            if own.is_floating_point():
                own.mul_(decay).add_(new, alpha=1 - decay)
            else:
                own.copy_(new)
        for own, new in zip(average.buffers(), model.buffers()):
            own.copy_(new)
