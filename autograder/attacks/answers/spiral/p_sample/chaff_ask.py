# wrong: the network is asked, and its answer not used
# severity: fatal, argued: no work, or next to none
# worth: 2.75, for part of the work
def p_sample(network, x_t, t, betas, alphas, alpha_bars):
    forward_network(network, np.concatenate([x_t, np.full((len(x_t), 1), t / len(betas))], axis=1))
    return x_t + (t > 1) * np.sqrt(betas[t - 1]) * np.random.randn(*x_t.shape)
