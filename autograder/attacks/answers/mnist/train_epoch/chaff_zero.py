# wrong: one number, and nothing is done
# severity: fatal, argued: no work, or next to none
# worth: 0
def train_epoch(model, optimizer, train_loader, scheduler, device):
    model.train()
    total_loss = 0.0
    num_batches = 0
    return 0.0
