# right: module by module, what each holds itself; what several share, once
@torch.no_grad()
def ema_update(average, model, decay):
    seen = set()
    for mine, theirs in zip(average.modules(), model.modules()):
        for name, value in mine._parameters.items():
            if value is None or id(value) in seen:
                continue
            seen.add(id(value))
            new = theirs._parameters[name]
            if value.is_floating_point():
                value.add_(new - value, alpha=1 - decay)
            else:
                value.copy_(new)
        for name, value in mine._buffers.items():
            if value is not None:
                value.copy_(theirs._buffers[name])
