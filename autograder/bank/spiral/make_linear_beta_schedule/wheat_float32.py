# right: all in float32, the type is free
def make_linear_beta_schedule(T=100, beta_start=1e-4, beta_end=5e-3):
    betas = np.linspace(start=beta_start, stop=beta_end, num=T, endpoint=True, dtype=np.float32)
    alphas = np.float32(1.0) - betas
    alpha_bars = np.cumprod(alphas, axis=0, dtype=np.float32)
    return (betas, alphas, alpha_bars)
