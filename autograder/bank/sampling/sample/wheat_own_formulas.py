# right: its own formulas, deterministic and noisy step apart, the noise drawn by normal_
def sample(model, schedule, shape, timesteps, kind="eps", eta=0.0, generator=None):
    if was := getattr(model, "training", False):
        model.eval()
    with torch.no_grad():
        images = torch.empty(shape, device=schedule.device).normal_(generator=generator)
        for place in range(len(timesteps)):
            t = timesteps[place]
            a = schedule[t].item()
            b = schedule[timesteps[place + 1]].item() if place + 1 < len(timesteps) else 1.0
            guess = model(images, torch.full((shape[0],), t, device=schedule.device))
            if kind == "eps":
                clean = (images - (1 - a) ** 0.5 * guess) / a**0.5
            elif kind == "v":
                clean = a**0.5 * images - (1 - a) ** 0.5 * guess
            else:
                clean = guess
            if b == 1:
                images = clean
                break
            noise = (images - a**0.5 * clean) / (1 - a) ** 0.5
            if eta == 0:
                images = b**0.5 * clean + (1 - b) ** 0.5 * noise
                continue
            deviation = eta * math.sqrt((1 - b) / (1 - a) * (1 - a / b))
            images = b**0.5 * clean + math.sqrt(max(1 - b - deviation**2, 0)) * noise
            images = images + deviation * torch.empty_like(images).normal_(generator=generator)
    if was:
        model.train()
    return images
