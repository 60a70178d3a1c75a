# right: on detached views, which share the memory
def ema_update(average, model, decay):
    def pairs(what):
        for mine, theirs in zip(what(average), what(model)):
            yield mine.detach(), theirs.detach()

    for mine, theirs in pairs(lambda net: net.parameters()):
        if mine.dtype.is_floating_point:
            mine.lerp_(theirs, 1 - decay)
        else:
            mine.copy_(theirs)
    for mine, theirs in pairs(lambda net: net.buffers()):
        mine.copy_(theirs)
