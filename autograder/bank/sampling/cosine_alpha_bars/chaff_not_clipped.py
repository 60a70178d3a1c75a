# wrong: the closed form f(t + 1) / f(0): no beta is clipped, and the last number is as good as 0
# cause: 0.999
# severity: major, measured
def cosine_alpha_bars(T, s=0.008):
    u = torch.arange(T + 1, dtype=torch.float64) / T
    f = torch.cos(math.pi / 2 * (u + s) / (1 + s)) ** 2
    return f[1:] / f[0]
