# wrong: nothing is done
# severity: fatal, argued: no work, or next to none
# worth: 0
def backward_network(net, cache, grad_out, lr=1e-3):
    pass
