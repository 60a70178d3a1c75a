# right: a progress bar over the epochs, each loss in its postfix and in a line of its own
def main():
    model = SimpleUNet(image_channels=1, base_channels=BASE_CHANNELS).to(device)
    scheduler = NoiseScheduler(num_timesteps=1000)
    optimizer = optim.Adam(model.parameters(), lr=0.001)
    num_epochs = 10
    epoch_losses = []
    print(f"Training on {device}: {len(train_loader.dataset):,} images, {num_epochs} epochs")
    bar = tqdm(range(num_epochs))
    for epoch in bar:
        loss = train_epoch(model, optimizer, train_loader, scheduler, device)
        epoch_losses.append(loss)
        bar.set_postfix(loss=f"{loss:.4f}")
        bar.write(f"{loss:.4f}")
    plot_convergence(epoch_losses)
    return model, epoch_losses
