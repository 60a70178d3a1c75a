# wrong: asks the model as often as it should, and draws with none of its answers
# severity: fatal, argued: it does another thing than it is for
# worth: 0.875
@torch.no_grad()
def sample(model, schedule, shape, timesteps, kind="eps", eta=0.0, generator=None):
    was = getattr(model, "training", False)
    if hasattr(model, "eval"):
        model.eval()
    x = torch.randn(shape, generator=generator)
    for t in timesteps:
        model(x, torch.full((shape[0],), t))
    if hasattr(model, "train"):
        model.train(was)
    return x
