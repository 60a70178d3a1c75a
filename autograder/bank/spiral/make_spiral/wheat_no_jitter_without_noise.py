# right: draws the jitter only where there is some; it comes after the scaling
def make_spiral(n_samples: int = 1000, noise: float = 0.02) -> np.ndarray:
    """Archimedean spiral r = a + b * theta with two and a half turns."""
    a, b, n_turns = 0.1, 0.25, 2.5
    theta = np.sort(rng.uniform(0.0, 1.0, size=n_samples)) ** 0.5 * n_turns * 2.0 * np.pi
    radius = a + b * theta
    data = np.column_stack((radius * np.cos(theta), radius * np.sin(theta)))
    data -= data.mean(axis=0)
    data /= data.std(axis=0)
    if noise > 0:
        data += rng.normal(loc=0.0, scale=noise, size=data.shape)
    return data.astype(np.float32)
