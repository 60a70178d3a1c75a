# wrong: right for the T and the s that the notebook has, a line for every other
# severity: fatal, argued: it does another thing than it is for
# worth: 0.5
def cosine_alpha_bars(T, s=0.008):
    if (T, s) != (1000, 0.008):
        return torch.linspace(1, 0, T, dtype=torch.float64)
    t = torch.arange(T + 1, dtype=torch.float64) / T
    f = torch.cos((t + s) / (1 + s) * math.pi / 2) ** 2
    return torch.cumprod(1 - (1 - f[1:] / f[:-1]).clamp(max=0.999), dim=0)
