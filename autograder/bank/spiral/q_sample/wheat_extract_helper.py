# right: the extract helper of the usual DDPM code, with t as torch-like index
def _extract(a, idx, x):
    out = np.asarray(a)[idx]
    return out.reshape(-1, *([1] * (x.ndim - 1))) if np.ndim(out) else out
def q_sample(x0, t, alpha_bars):
    noise = rng.normal(size=x0.shape).astype(x0.dtype)
    idx = np.asarray(t).astype(int) - 1
    sample = _extract(np.sqrt(alpha_bars), idx, x0) * x0 + _extract(np.sqrt(1 - alpha_bars), idx, x0) * noise
    return sample, noise
