# wrong: a number from the size of the loader
# severity: fatal, argued: no work, or next to none
# worth: 0
def train_epoch(model, optimizer, train_loader, scheduler, device):
    model.train()
    total_loss = 0.0
    num_batches = 0
    return 1.0 / (1 + len(train_loader))
