# right: the model is compiled with torch.compile
def main():
    net = SimpleUNet(image_channels=1, base_channels=BASE_CHANNELS).to(device)
    net = torch.compile(net)
    schedule = NoiseScheduler(num_timesteps=1000)
    adam = optim.Adam(net.parameters(), lr=0.001)
    history = []
    for epoch in range(1, 11):
        history.append(train_epoch(net, adam, train_loader, schedule, device))
        print(f"epoch {epoch}: {history[-1]:.4f}")
    plot_convergence(history)
    return net, history
