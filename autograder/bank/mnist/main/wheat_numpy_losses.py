# right: collected in an array, a list at the end
def main():
    model = SimpleUNet(image_channels=1, base_channels=BASE_CHANNELS).to(device)
    scheduler = NoiseScheduler(num_timesteps=1000)
    optimizer = optim.Adam(model.parameters(), lr=0.001)
    num_epochs = 10
    epoch_losses = []
    print(f"Training on {device}: {len(train_loader.dataset):,} images, {num_epochs} epochs")
    history = np.zeros(num_epochs)
    for i in range(num_epochs):
        history[i] = train_epoch(model, optimizer, train_loader, scheduler, device)
        print(f"{i + 1}: {history[i]:.4f}", flush=True)
    epoch_losses = history.tolist()
    plot_convergence(epoch_losses)
    return model, epoch_losses
