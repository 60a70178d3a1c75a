# right: plain Python numbers in a list, a running product by hand
def cosine_alpha_bars(T, s=0.008):
    f = [math.cos(math.pi / 2 * (t / T + s) / (1 + s)) ** 2 for t in range(T + 1)]
    bars, product = [], 1.0
    for before, after in zip(f, f[1:]):
        beta = min(0.999, 1 - after / before)
        product *= 1 - beta
        bars.append(product)
    return torch.tensor(bars, dtype=torch.float64)
