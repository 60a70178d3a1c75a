# wrong: goes by the state dictionary, in which buffers that are not saved are missing
# cause: buffer
# severity: major, argued: buffers that are not saved are those of the first day
@torch.no_grad()
def ema_update(average, model, decay):
    weights = {name for name, p in average.named_parameters() if p.is_floating_point()}
    theirs = model.state_dict()
    seen = set()
    for name, value in average.state_dict().items():
        if value.data_ptr() in seen:
            continue
        seen.add(value.data_ptr())
        if name in weights:
            value.mul_(decay).add_(theirs[name], alpha=1 - decay)
        else:
            value.copy_(theirs[name])
