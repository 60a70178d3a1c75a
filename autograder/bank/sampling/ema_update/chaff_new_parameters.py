# wrong: new parameters are put in the place of the old ones
# cause: no longer the same object
# severity: major, argued: who holds the old ones, an optimizer or a tied layer, holds what no one uses
def ema_update(average, model, decay):
    with torch.no_grad():
        for mine, theirs in zip(average.modules(), model.modules()):
            for name, p in list(mine.named_parameters(recurse=False)):
                new = getattr(theirs, name)
                value = decay * p + (1 - decay) * new if p.is_floating_point() else new.clone()
                setattr(mine, name, torch.nn.Parameter(value, requires_grad=p.requires_grad))
            for name, b in mine.named_buffers(recurse=False):
                b.copy_(getattr(theirs, name))
