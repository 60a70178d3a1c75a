# right: a context manager that keeps the mode; an iterator of what is left
import contextlib


@contextlib.contextmanager
def asked_quietly(model):
    was = getattr(model, "training", False)
    try:
        if was:
            model.eval()
        with torch.no_grad():
            yield
    finally:
        if was:
            model.train()


def sample(model, schedule, shape, timesteps, kind="eps", eta=0.0, generator=None):
    level = lambda t: (schedule[t].sqrt().item(), (1 - schedule[t]).sqrt().item())
    batch = torch.ones(shape[0], dtype=torch.long, device=schedule.device)
    with asked_quietly(model):
        x = torch.randn(*shape, device=schedule.device, generator=generator)
        left = iter(timesteps)
        t = next(left)
        while t is not None:
            after = next(left, None)
            here, there = level(t), level(after) if after is not None else (1.0, 0.0)
            x = ddim_step(x, to_x_0(kind, model(x, t * batch), x, *here), here, there, eta, generator)
            t = after
    return x
