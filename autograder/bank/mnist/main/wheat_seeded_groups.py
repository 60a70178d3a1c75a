# right: its own seed, Adam over a list of one group, optimizer before the schedule
def main():
    torch.manual_seed(42)
    net = SimpleUNet(image_channels=1, base_channels=BASE_CHANNELS)
    model = net.to(device)
    optimizer = optim.Adam([{"params": list(model.parameters()), "lr": 1e-3}], betas=(0.9, 0.999))
    scheduler = NoiseScheduler(num_timesteps=1000)
    num_epochs = 10
    epoch_losses = []
    for epoch in range(num_epochs):
        loss = train_epoch(model, optimizer, train_loader, scheduler, device)
        epoch_losses.append(loss)
        print(f"Epoch {epoch + 1}/{num_epochs} | Loss: {loss:.6f}")
    plot_convergence(epoch_losses)
    return model, epoch_losses
