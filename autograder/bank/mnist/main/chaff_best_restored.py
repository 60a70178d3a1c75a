# wrong: the weights of the best epoch are put in at the end
# cause: should be left as the last epoch trained it
# severity: major, argued: not the model that ten epochs trained
def main():
    model = SimpleUNet(image_channels=1, base_channels=BASE_CHANNELS).to(device)
    scheduler = NoiseScheduler(num_timesteps=1000)
    optimizer = optim.Adam(model.parameters(), lr=0.001)
    num_epochs = 10
    epoch_losses = []
    print(f"Training on {device}: {len(train_loader.dataset):,} images, {num_epochs} epochs")
    for epoch in range(num_epochs):
        loss = train_epoch(model, optimizer, train_loader, scheduler, device)
        epoch_losses.append(loss)
        if loss <= min(epoch_losses):
            best = {name: value.clone() for name, value in model.state_dict().items()}
        print(f"Epoch {epoch + 1}/{num_epochs} | Loss: {loss:.6f}")
    model.load_state_dict(best)
    plot_convergence(epoch_losses)
    return model, epoch_losses
