# wrong: the noise is scaled with 1 - alpha_bar, without the root
# cause: the noise is scaled by 1 - alpha_bar, without the square root
# severity: major, argued: differs from the equation, though too little to see in `make consequences`
def q_sample(x0, t, alpha_bars):
    eps = rng.standard_normal(x0.shape)
    a = np.reshape(alpha_bars[np.asarray(t) - 1], (-1, 1))
    return np.sqrt(a) * x0 + (1 - a) * eps, eps
