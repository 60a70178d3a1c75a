# right: the extract helper with one t for each row, mask against noise at the last step
def extract(a, t, shape):
    return np.take(a, t).reshape(shape[0], *((1,) * (len(shape) - 1)))
def p_sample(network, x_t, t, betas, alphas, alpha_bars):
    ts = np.full(x_t.shape[0], int(t) - 1)
    sqrt_recip_alphas = np.sqrt(1.0 / alphas)
    sqrt_one_minus = np.sqrt(1.0 - alpha_bars)
    model_out, _ = forward_network(network, np.column_stack([x_t, (ts + 1) / betas.shape[0]]))
    mean = extract(sqrt_recip_alphas, ts, x_t.shape) * (
        x_t - extract(betas, ts, x_t.shape) * model_out / extract(sqrt_one_minus, ts, x_t.shape))
    nonzero = (ts != 0).astype(float).reshape(-1, 1)
    return mean + nonzero * np.sqrt(extract(betas, ts, x_t.shape)) * np.random.randn(*x_t.shape)
