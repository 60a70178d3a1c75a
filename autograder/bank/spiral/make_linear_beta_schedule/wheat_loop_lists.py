# right: pure Python lists turned into arrays at the end
def make_linear_beta_schedule(T=100, beta_start=1e-4, beta_end=5e-3):
    betas, alphas, bars = [], [], []
    prod = 1.0
    for k in range(T):
        frac = k / (T - 1) if T > 1 else 0.0
        b = beta_start + (beta_end - beta_start) * frac
        betas.append(b)
        alphas.append(1.0 - b)
        prod = prod * (1.0 - b)
        bars.append(prod)
    return np.array(betas), np.array(alphas), np.array(bars)
