# wrong: appends before training: the list is one epoch behind and starts at 1.0
# cause: the list is one epoch behind
# severity: major, argued: other numbers than the losses
def main():
    model = SimpleUNet(image_channels=1, base_channels=BASE_CHANNELS).to(device)
    scheduler = NoiseScheduler(num_timesteps=1000)
    optimizer = optim.Adam(model.parameters(), lr=0.001)
    num_epochs = 10
    epoch_losses = []
    print(f"Training on {device}: {len(train_loader.dataset):,} images, {num_epochs} epochs")
    loss = 1.0
    for epoch in range(num_epochs):
        epoch_losses.append(loss)
        loss = train_epoch(model, optimizer, train_loader, scheduler, device)
        print(f"epoch {epoch + 1}: {loss:.4f}")
    plot_convergence(epoch_losses)
    return model, epoch_losses
