# right: the mode is given back in a finally; levels as tensors without a dimension
def sample(model, schedule, shape, timesteps, kind="eps", eta=0.0, generator=None):
    training = getattr(model, "training", False)
    try:
        if training:
            model.eval()
        with torch.no_grad():
            x = torch.empty(shape, device=schedule.device).normal_(generator=generator)
            remaining = list(timesteps)
            while remaining:
                t = remaining.pop(0)
                here = (schedule[t].sqrt(), (1 - schedule[t]).sqrt())
                there = (1.0, 0.0)
                if remaining:
                    there = (schedule[remaining[0]].sqrt(), (1 - schedule[remaining[0]]).sqrt())
                ts = torch.tensor([t] * shape[0], device=schedule.device)
                image = to_x_0(kind, model(x, ts), x, *here)
                x = ddim_step(x, image, here, there, eta=eta, generator=generator)
            return x
    finally:
        if training:
            model.train()
