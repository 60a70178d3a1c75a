# wrong: noise of a shape is drawn once and kept for later calls
# cause: is the noise kept, or a generator with a fixed seed made inside the function?
# severity: major, argued: differs from the equation, though too little to see in `make consequences`
_NOISE = {}
def q_sample(x0, t, alpha_bars):
    eps = _NOISE.setdefault(x0.shape, rng.standard_normal(x0.shape))
    a = np.reshape(alpha_bars[np.asarray(t) - 1], (-1, 1))
    return np.sqrt(a) * x0 + np.sqrt(1 - a) * eps, eps
