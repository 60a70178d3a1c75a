# ruff: noqa: F811, F821
# Each cell stands in place of a notebook's cell: names come twice, and come from the notebook.

# %% [raw] crash="to_x_0"
# return to_x_0(kind, output, x, signal, sigma)

# %% [raw] crash="ddim_step"
# __import__("os")._exit(1)

# %% [raw] crash="sample"
# while True: pass

# %% otherwise="cosine_alpha_bars"
def cosine_alpha_bars(T, s=0.008):
    """Each number from the one before, in plain Python."""
    table, left = [], 1.0
    for t in range(T):
        now, after = (math.cos((u / T + s) / (1 + s) * math.pi / 2) ** 2 for u in (t, t + 1))
        left *= max(after / now, 0.001)
        table.append(left)
    return torch.tensor(table, dtype=torch.float64)


# %% otherwise="to_x_0"
def to_x_0(kind, output, x, signal, sigma):
    """The noise first, in float64, and from it the image."""
    if kind == "x0":
        return output.type_as(x)
    if kind not in ("eps", "v"):
        raise ValueError(f"What is {kind!r}?")
    noisy, answer = x.double(), output.double()
    eps = answer if kind == "eps" else signal * answer + sigma * noisy
    return ((noisy - sigma * eps) / signal).type_as(x)


# %% otherwise="ddim_step"
def ddim_step(x, x_0, here, there, eta=0.0, generator=None):
    """One factor of x and one of x_0, as the paper's alpha_bars have it."""
    a, b = here[0] ** 2, there[0] ** 2
    variance = eta**2 * (there[1] / here[1]) ** 2 * max(1 - a / b, 0.0)
    of_x = math.sqrt(max(there[1] ** 2 - variance, 0.0)) / here[1]
    moved = of_x * x + (there[0] - of_x * here[0]) * x_0
    if variance > 0:
        moved += math.sqrt(variance) * torch.empty_like(x).normal_(generator=generator)
    return moved


# %% otherwise="sample"
@torch.no_grad()
def sample(model, schedule, shape, timesteps, kind="eps", eta=0.0, generator=None):
    """The list is gone through by its places; the image at the last one is the answer."""

    def level(place):
        bar = schedule[timesteps[place]].item()
        return math.sqrt(bar), math.sqrt(1 - bar)

    was = model.training if isinstance(model, torch.nn.Module) else None
    if was is not None:
        model.eval()
    x = torch.randn(*shape, device=schedule.device, generator=generator)
    for place, t in enumerate(timesteps):
        batch = torch.tensor([t] * shape[0], device=schedule.device)
        image = to_x_0(kind, model(x, batch), x, *level(place))
        if place + 1 < len(timesteps):
            x = ddim_step(x, image, level(place), level(place + 1), eta=eta, generator=generator)
    if was is not None:
        model.train(was)
    return image


# %% otherwise="guided"
def guided(model, labels, w):
    """Two weights that add up to one; only one pass where the other weight is 0."""
    if labels is None:
        return lambda x, t: model(x, t)
    return lambda x, t: model(x, t, labels) if w == 0 else (1 + w) * model(x, t, labels) - w * model(x, t)


# %% otherwise="ema_update"
def ema_update(average, model, decay):
    """By name, on detached views."""
    weights, buffers = dict(model.named_parameters()), dict(model.named_buffers())
    for name, own in average.named_parameters():
        new = weights[name].detach()
        if torch.is_floating_point(own):
            new = decay * own.detach() + (1 - decay) * new
        own.detach().copy_(new)
    for name, own in average.named_buffers():
        own.copy_(buffers[name])
    return average


# %% otherwise="frechet_distance"
def frechet_distance(mean_a, cov_a, mean_b, cov_b):
    """Of each covariance a factor; the singular values of their product add up to the trace of the root."""
    factors = []
    for cov in (cov_a, cov_b):
        values, vectors = torch.linalg.eigh(cov)
        factors.append(vectors * values.clamp(min=0).sqrt())
    shared = torch.linalg.svdvals(factors[0].T @ factors[1]).sum()
    apart = mean_a - mean_b
    return float(apart @ apart + torch.trace(cov_a) + torch.trace(cov_b) - 2 * shared)


# %% wrong="cosine_alpha_bars"
def cosine_alpha_bars(T, s=0.008):
    """The betas come back, without 1 - beta and its product."""
    u = torch.linspace(0, 1, T + 1, dtype=torch.float64)
    f = torch.cos(math.pi / 2 * (u + s) / (1 + s)) ** 2
    return (1 - f[1:] / f[:-1]).clamp(max=0.999)


# %% wrong="to_x_0"
def to_x_0(kind, output, x, signal, sigma):
    """Whatever the kind, the output is taken for noise, and nothing is divided."""
    return (x - sigma * output).to(x.dtype)


# %% wrong="ddim_step"
def ddim_step(x, x_0, here, there, eta=0.0, generator=None):
    """x itself is taken for the noise in it."""
    return there[0] * x_0 + there[1] * x


# %% wrong="sample"
def sample(model, schedule, shape, timesteps, kind="eps", eta=0.0, generator=None):
    """Each step goes to the level of t - 1, whatever is listed next."""
    x = torch.randn(shape)
    with torch.no_grad():
        for t in timesteps:
            bar, before = schedule[t].item(), schedule[t - 1].item()
            here, there = (bar**0.5, (1 - bar) ** 0.5), (before**0.5, (1 - before) ** 0.5)
            x_0 = to_x_0(kind, model(x, torch.full((shape[0],), t)), x, *here)
            x = ddim_step(x, x_0, here, there, eta)
    return x


# %% wrong="guided"
def guided(model, labels, w):
    """Away from the labels; nothing is said of labels None."""

    def answer(x, t):
        known, unknown = model(x, t, labels), model(x, t)
        return known + w * (unknown - known)

    return answer


# %% wrong="ema_update"
def ema_update(average, model, decay):
    """What the loop computes goes nowhere."""
    for own, new in zip(average.parameters(), model.parameters(), strict=True):
        own = decay * own + (1 - decay) * new


# %% wrong="frechet_distance"
def frechet_distance(mean_a, cov_a, mean_b, cov_b):
    """The root of each element of the product, and the means are left out."""
    return torch.trace(cov_a + cov_b - 2 * torch.sqrt(cov_a * cov_b)).item()


# %% nearly="cosine_alpha_bars"
def cosine_alpha_bars(T, s=0.008):
    """The table is float32."""
    u = torch.linspace(0, 1, T + 1, dtype=torch.float64)
    f = torch.cos(math.pi / 2 * (u + s) / (1 + s)) ** 2
    return torch.cumprod(1 - (1 - f[1:] / f[:-1]).clamp(max=0.999), dim=0).float()


# %% nearly="to_x_0"
def to_x_0(kind, output, x, signal, sigma):
    """Levels in float64 make images in float64."""
    if kind == "eps":
        return (x - sigma * output) / signal
    if kind == "x0":
        return output
    if kind == "v":
        return signal * x - sigma * output
    raise ValueError(kind)


# %% nearly="ddim_step"
def ddim_step(x, x_0, here, there, eta=0.0, generator=None):
    """The noise is computed in x itself."""
    (signal, sigma), (next_signal, next_sigma) = here, there
    new = eta * next_sigma / sigma * math.sqrt(max(0.0, 1 - (signal / next_signal) ** 2))
    x -= signal * x_0
    x /= sigma
    moved = next_signal * x_0 + math.sqrt(next_sigma**2 - new**2) * x
    if new > 0:
        moved += new * torch.randn(x.shape, generator=generator, device=x.device, dtype=x.dtype)
    return moved


# %% nearly="sample"
def sample(model, schedule, shape, timesteps, kind="eps", eta=0.0, generator=None):
    """The images come back in float64."""
    signals, sigmas = schedule.sqrt().tolist(), (1 - schedule).sqrt().tolist()
    levels = [(signals[t], sigmas[t]) for t in timesteps] + [(1.0, 0.0)]
    was_training = getattr(model, "training", False)
    if was_training:
        model.eval()
    x = torch.randn(shape, generator=generator, device=schedule.device)
    with torch.no_grad():
        for t, here, there in zip(timesteps, levels[:-1], levels[1:], strict=True):
            output = model(x, torch.full((shape[0],), t, device=schedule.device))
            x = ddim_step(x, to_x_0(kind, output, x, *here), here, there, eta, generator)
    if was_training:
        model.train()
    return x.double()


# %% nearly="guided"
def guided(model, labels, w):
    """The answer is written into x."""

    def answer(x, t):
        without = model(x, t)
        if labels is None:
            return without
        known = model(x, t, labels)
        x.copy_(known + w * (known - without))
        return x.clone()

    return answer


# %% nearly="frechet_distance"
def frechet_distance(mean_a, cov_a, mean_b, cov_b):
    """A tensor of one number comes back."""
    values, vectors = torch.linalg.eigh(cov_a)
    root = vectors * values.clamp(min=0).sqrt() @ vectors.T
    inner = torch.linalg.eigvalsh(root @ cov_b @ root).clamp(min=0)
    return ((mean_a - mean_b) ** 2).sum() + cov_a.trace() + cov_b.trace() - 2 * inner.sqrt().sum()
