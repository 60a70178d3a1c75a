# wrong: remembered by T alone, a second call with other betas gives the first answer
# cause: is an earlier answer kept?
# severity: major, argued: right for the first call only
_cache = {}
def make_linear_beta_schedule(T=100, beta_start=1e-4, beta_end=5e-3):
    if T not in _cache:
        b = np.linspace(beta_start, beta_end, T)
        _cache[T] = (b, 1 - b, np.cumprod(1 - b))
    return _cache[T]
