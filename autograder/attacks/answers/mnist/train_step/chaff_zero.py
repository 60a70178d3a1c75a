# wrong: one number, and nothing is done
# severity: fatal, argued: no work, or next to none
# worth: 0
def train_step(model, optimizer, x_0, scheduler, device):
    model.train()
    x_0 = x_0.to(device)
    batch_size = x_0.shape[0]
    return 0.5
