# right: logarithmic spiral of two turns, the radius grows with the angle
import math
def make_spiral(n_samples=1000, noise=0.02):
    phi = rng.uniform(0, 4 * math.pi, n_samples)
    rad = np.exp(0.15 * phi)
    z = rad * np.exp(1j * phi)
    xy = np.column_stack((z.real, z.imag))
    xy = (xy - np.mean(xy, axis=0)) / np.std(xy, axis=0)
    xy = xy + noise * rng.normal(size=xy.shape)
    return xy - xy.mean(axis=0)
