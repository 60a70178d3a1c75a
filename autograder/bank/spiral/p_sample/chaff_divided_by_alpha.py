# wrong: divided by alpha without the root
# cause: alpha is there without its square root
# severity: major, argued: differs from the equation, though too little to see in `make consequences`
def p_sample(network, x_t, t, betas, alphas, alpha_bars):
    k = t - 1
    eps, _ = forward_network(network, np.column_stack([x_t, np.full(len(x_t), t / len(betas))]))
    mean = (x_t - betas[k] / np.sqrt(1 - alpha_bars[k]) * eps) / alphas[k]
    return mean if t == 1 else mean + np.sqrt(betas[k]) * rng.standard_normal(mean.shape)
