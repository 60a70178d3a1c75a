# right: a while loop on the length of the list
def main():
    model = SimpleUNet(image_channels=1, base_channels=BASE_CHANNELS).to(device)
    scheduler = NoiseScheduler(num_timesteps=1000)
    optimizer = optim.Adam(model.parameters(), lr=0.001)
    num_epochs = 10
    epoch_losses = []
    print(f"Training on {device}: {len(train_loader.dataset):,} images, {num_epochs} epochs")
    while len(epoch_losses) < num_epochs:
        epoch_losses.append(train_epoch(model, optimizer, train_loader, scheduler, device))
        print("epoch", len(epoch_losses), "loss", epoch_losses[-1])
    plot_convergence(epoch_losses)
    return model, epoch_losses
