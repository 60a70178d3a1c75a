# right: a generator of losses, drawn by enumerate
def main():
    model = SimpleUNet(image_channels=1, base_channels=BASE_CHANNELS).to(device)
    scheduler = NoiseScheduler(num_timesteps=1000)
    optimizer = optim.Adam(model.parameters(), lr=0.001)
    num_epochs = 10
    epoch_losses = []
    print(f"Training on {device}: {len(train_loader.dataset):,} images, {num_epochs} epochs")
    epochs = (train_epoch(model, optimizer, train_loader, scheduler, device) for _ in range(num_epochs))
    for number, loss in enumerate(epochs, 1):
        epoch_losses.append(loss)
        print(number, round(loss, 4), sep=": ")
    plot_convergence(epoch_losses)
    return model, epoch_losses
