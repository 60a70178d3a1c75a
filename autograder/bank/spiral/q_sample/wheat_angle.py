# right: cos and sin of one angle; cos^2 = alpha_bar
def q_sample(x0, t, alpha_bars):
    phi = np.arccos(np.sqrt(alpha_bars))[np.asarray(t) - 1]
    phi = np.expand_dims(phi, -1)
    eps = rng.standard_normal(x0.shape)
    return np.cos(phi) * x0 + np.sin(phi) * eps, eps
