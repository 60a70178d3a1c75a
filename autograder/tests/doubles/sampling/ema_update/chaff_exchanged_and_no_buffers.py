# wrong: decay and 1 - decay have changed places, and buffers are left as they were
# holds: chaff_exchanged, chaff_buffers_forgotten
def ema_update(average, model, decay):
    with torch.no_grad():
        for own, new in zip(average.parameters(), model.parameters()):
            if own.is_floating_point():
                own.lerp_(new, decay)
            else:
                own.copy_(new)
