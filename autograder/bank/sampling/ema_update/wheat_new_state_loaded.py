# right: a state dictionary is made and loaded; buffers that it does not hold are copied
@torch.no_grad()
def ema_update(average, model, decay):
    weights = {name for name, p in average.named_parameters(remove_duplicate=False) if p.is_floating_point()}
    old, new = average.state_dict(), model.state_dict()
    state = {name: decay * old[name] + (1 - decay) * new[name] if name in weights else new[name] for name in old}
    average.load_state_dict(state)
    for mine, theirs in zip(average.buffers(), model.buffers()):
        mine.copy_(theirs)
