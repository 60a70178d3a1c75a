# wrong: t -= 1 changes the caller's vector, which is then used for t / T
# cause: q_sample changed its argument t
# severity: minor, argued: a side effect on the argument t
def q_sample(x0, t, alpha_bars):
    t -= 1
    eps = rng.standard_normal(x0.shape)
    a = np.reshape(alpha_bars[t], (-1, 1))
    return np.sqrt(a) * x0 + np.sqrt(1 - a) * eps, eps
