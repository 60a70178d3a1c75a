# right: 1 - beta is kept at 0.001 or above, which is the same
def cosine_alpha_bars(T, s=0.008):
    u = torch.linspace(0, T, T + 1).double() / T
    f = torch.cos(math.pi / 2 * (u + s) / (1 + s)).square()
    alphas = torch.maximum(f[1:] / f[:-1], torch.tensor(0.001, dtype=torch.float64))
    return alphas.cumprod(dim=0)
