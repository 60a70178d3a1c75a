# right: a nested function that trains and prints, called in a comprehension
def main():
    model = SimpleUNet(image_channels=1, base_channels=BASE_CHANNELS).to(device)
    scheduler = NoiseScheduler(num_timesteps=1000)
    optimizer = optim.Adam(model.parameters(), lr=0.001)
    num_epochs = 10
    epoch_losses = []
    print(f"Training on {device}: {len(train_loader.dataset):,} images, {num_epochs} epochs")

    def one(epoch):
        loss = train_epoch(model, optimizer, train_loader, scheduler, device)
        print(f"[{epoch:>2}] {loss}")
        return loss

    epoch_losses = [one(e) for e in range(1, num_epochs + 1)]
    plot_convergence(epoch_losses)
    return model, epoch_losses
