# wrong: zeros for everything
# severity: fatal, argued: no work, or next to none
# worth: 0.5
def forward_network(net, x):
    return np.zeros((len(x), 2)), (x, x, x, x, x)
