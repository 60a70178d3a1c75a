# right: a sum of logarithms in the place of the product
def cosine_alpha_bars(T, s=0.008):
    t = torch.arange(T + 1, dtype=torch.float64)
    log_f = 2 * torch.log(torch.cos((t / T + s) / (1 + s) * (torch.pi / 2)).abs())
    log_alphas = torch.diff(log_f).clamp(min=math.log(1 - 0.999))
    return log_alphas.cumsum(0).exp()
