# wrong: all losses are printed only after the last epoch
# cause: all of them come at the very end
# severity: minor, argued: only the printed lines come late
def main():
    model = SimpleUNet(image_channels=1, base_channels=BASE_CHANNELS).to(device)
    scheduler = NoiseScheduler(num_timesteps=1000)
    optimizer = optim.Adam(model.parameters(), lr=0.001)
    num_epochs = 10
    epoch_losses = []
    print(f"Training on {device}: {len(train_loader.dataset):,} images, {num_epochs} epochs")
    for epoch in range(num_epochs):  # noqa: B007
        loss = train_epoch(model, optimizer, train_loader, scheduler, device)
        epoch_losses.append(loss)
    for number, value in enumerate(epoch_losses, 1):
        print(number, value)
    plot_convergence(epoch_losses)
    return model, epoch_losses
