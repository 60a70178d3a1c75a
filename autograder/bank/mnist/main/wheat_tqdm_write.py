# right: a progress bar over the epochs, lines by tqdm.write
def main():
    model = SimpleUNet(image_channels=1, base_channels=BASE_CHANNELS).to(device)
    scheduler = NoiseScheduler(num_timesteps=1000)
    optimizer = optim.Adam(model.parameters(), lr=0.001)
    num_epochs = 10
    epoch_losses = []
    print(f"Training on {device}: {len(train_loader.dataset):,} images, {num_epochs} epochs")
    bar = tqdm(range(num_epochs), desc="epochs")
    for epoch in bar:
        loss = train_epoch(model, optimizer, train_loader, scheduler, device)
        epoch_losses += [loss]
        bar.set_postfix(loss=loss)
        tqdm.write(f"Epoch {epoch + 1}: {loss:.4f}")
    plot_convergence(epoch_losses)
    return model, epoch_losses
