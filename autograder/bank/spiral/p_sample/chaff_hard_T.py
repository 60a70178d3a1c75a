# wrong: T = 100 is written into the code
# cause: t was divided by 100, whatever T is
# severity: major, argued: right only for T = 100
def p_sample(network, x_t, t, betas, alphas, alpha_bars):
    k = t - 1
    eps, _ = forward_network(network, np.column_stack([x_t, np.full(len(x_t), t / 100)]))
    mean = (x_t - betas[k] / np.sqrt(1 - alpha_bars[k]) * eps) / np.sqrt(alphas[k])
    return mean if t == 1 else mean + np.sqrt(betas[k]) * rng.standard_normal(mean.shape)
