# right: its own device choice and its own loader over the same digits
def main():
    if torch.cuda.is_available():
        device = torch.device("cuda")
    elif torch.backends.mps.is_available():
        device = torch.device("mps")
    else:
        device = torch.device("cpu")
    print(f"Device: {device}")
    model = SimpleUNet(image_channels=1, base_channels=64).to(device)
    scheduler = NoiseScheduler(num_timesteps=1000)
    optimizer = optim.Adam(model.parameters(), lr=0.001)
    train_loader = DataLoader(train_dataset, batch_size=64, shuffle=True, num_workers=0)
    num_epochs = 10
    epoch_losses = []
    for epoch in range(num_epochs):
        loss = train_epoch(model, optimizer, train_loader, scheduler, device)
        epoch_losses.append(loss)
        print(f"Epoch {epoch + 1}/{num_epochs} | Loss: {loss:.6f}")
    plot_convergence(epoch_losses)
    return model, epoch_losses
