# right: a table that is filled from the front, each number from the one before
def cosine_alpha_bars(T, s=0.008):
    f = lambda u: torch.cos(torch.tensor((u + s) / (1 + s) * math.pi / 2, dtype=torch.float64)).pow(2)
    table = torch.empty(T, dtype=torch.float64)
    for t in range(T):
        alpha = (f((t + 1) / T) / f(t / T)).clamp(min=1 - 0.999)
        table[t] = alpha if t == 0 else table[t - 1] * alpha
    return table
