# right: two arms share the points, the second takes what is left; shuffled
def make_spiral(n_samples=1000, noise=0.02):
    sizes = [n_samples // 2, n_samples - n_samples // 2]
    parts = []
    for k, size in enumerate(sizes):
        r = np.sqrt(rng.random(size)) * 0.9 + 0.1
        phi = 2.6 * np.pi * r + np.pi * k
        parts.append(np.array(list(zip(r * np.cos(phi), r * np.sin(phi)))))
    cloud = np.vstack(parts)
    rng.shuffle(cloud)
    cloud = rng.normal(cloud, noise)
    return (cloud - np.average(cloud, axis=0)) / np.sqrt(np.mean((cloud - cloud.mean(0)) ** 2, axis=0))
