# wrong: buffers are left as they were
# cause: buffer
# severity: major, argued: the average's running statistics are those of its first day
def ema_update(average, model, decay):
    with torch.no_grad():
        for own, new in zip(average.parameters(), model.parameters()):
            if own.is_floating_point():
                own.lerp_(new, 1 - decay)
            else:
                own.copy_(new)
