#!/usr/bin/env python3
"""Fine-tunes a network of timm on pictures that a labels.csv lists and prints one JSON line per epoch: seconds, without those of the tests
after each epoch, and test accuracy of the weights and of their average.

Written as timm's documentation writes a training script: create_model with a checkpoint, create_transform, AdamW with layer decay, a cosine
schedule with one epoch of warm-up, label smoothing and averaged weights. Parts, weights, epochs, batch and picture size are those of the run of
noyau that it stands beside; `noyau weights export NAME --out FILE.safetensors` writes weights under timm's names.
"""
import argparse
import csv
import json
import pathlib
import time

import timm
import timm.optim
import timm.scheduler
import timm.utils
import torch
from PIL import Image
from torchvision import transforms


class Listed(torch.utils.data.Dataset):
    def __init__(self, folder, names, labels, classes, transform):
        self.folder, self.names, self.labels, self.classes = folder, names, labels, classes
        self.transform = transform

    def __len__(self):
        return len(self.names)

    def __getitem__(self, index):
        name = self.names[index]
        picture = Image.open(self.folder / name).convert("RGB")
        return self.transform(picture), self.classes.index(self.labels[name])


def accuracy(model, loader):
    model.eval()
    right = count = 0
    with torch.inference_mode():
        for pictures, labels in loader:
            right += (model(pictures.contiguous(memory_format=torch.channels_last)).argmax(1) == labels).sum().item()
            count += len(labels)
    return right / count


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=pathlib.Path, help="with labels.csv")
    parser.add_argument("split", help="what `noyau split` wrote")
    parser.add_argument("weights", help=".safetensors with timm's names")
    parser.add_argument("--model", default="tf_efficientnet_lite0")
    parser.add_argument("--size", type=int, default=224)
    parser.add_argument("--epochs", type=int, default=20)
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--lr", type=float, default=1e-3)
    parser.add_argument("--threads", type=int, default=2)
    arguments = parser.parse_args()
    begin = time.perf_counter()
    torch.manual_seed(0)
    torch.set_num_threads(arguments.threads)
    with open(arguments.folder / "labels.csv", newline="") as file:
        labels = {row["file"]: row["label"] for row in csv.DictReader(file)}
    parts = json.loads(pathlib.Path(arguments.split).read_text())
    classes = sorted(set(labels.values()))

    tail = [transforms.ToTensor(), transforms.Normalize([127 / 255] * 3, [128 / 255] * 3)]
    shrink = [transforms.Resize(int(arguments.size / 0.875), transforms.InterpolationMode.BICUBIC),
              transforms.CenterCrop(arguments.size)]
    changed = transforms.Compose(shrink + [transforms.RandomHorizontalFlip(), transforms.RandomVerticalFlip()] + tail)
    plain = transforms.Compose(shrink + tail)
    train = torch.utils.data.DataLoader(
        Listed(arguments.folder, parts["train"], labels, classes, changed), arguments.batch, shuffle=True, drop_last=True,
        num_workers=1, persistent_workers=True)
    test = torch.utils.data.DataLoader(
        Listed(arguments.folder, parts["test"], labels, classes, plain), arguments.batch, num_workers=1)

    model = timm.create_model(arguments.model, num_classes=1000, checkpoint_path=arguments.weights, drop_rate=0.2,
                              drop_path_rate=0.2)
    model.reset_classifier(len(classes))
    model = model.to(memory_format=torch.channels_last)
    optimizer = timm.optim.create_optimizer_v2(
        model, opt="adamw", lr=arguments.lr, weight_decay=0.05, layer_decay=0.8)
    steps = len(train)
    scheduler = timm.scheduler.CosineLRScheduler(
        optimizer, t_initial=arguments.epochs * steps, warmup_t=steps, warmup_prefix=False, t_in_epochs=False)
    average = timm.utils.ModelEmaV3(model, decay=0.99)
    loss_of = torch.nn.CrossEntropyLoss(label_smoothing=0.1)
    step = 0
    testing = 0
    for epoch in range(arguments.epochs):
        model.train()
        for pictures, targets in train:
            scheduler.step_update(step)
            loss = loss_of(model(pictures.contiguous(memory_format=torch.channels_last)), targets)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            average.update(model)
            step += 1
        trained = time.perf_counter()
        line = {"epoch": epoch + 1, "seconds": round(trained - begin - testing, 1), "top1": accuracy(model, test),
                "averaged": accuracy(average.module, test)}
        testing += time.perf_counter() - trained
        print(json.dumps(line), flush=True)


if __name__ == "__main__":
    main()
