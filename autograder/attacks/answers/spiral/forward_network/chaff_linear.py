# wrong: the three matrices alone
# severity: fatal, argued: no work, or next to none
# worth: 2.5, for part of the work
def forward_network(net, x):
    return x @ net["W1"] @ net["W2"] @ net["W3"], (x,)
