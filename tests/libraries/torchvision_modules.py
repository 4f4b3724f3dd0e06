"""Modules of torchvision: whole networks in small, and the blocks that they are made of."""

from __future__ import annotations

from tests.libraries.row import Row

IMAGE = "torch.randn(2, 3, 32, 32)"
LARGER = "torch.randn(1, 3, 64, 64)"
CLIP = "torch.randn(1, 3, 4, 32, 32)"
M = "from torchvision.models import "
V = "from torchvision.models.video"
S = "from torchvision.models.segmentation"

MODULES = {
    # whole networks
    "alexnet": Row(f"{M}alexnet", "alexnet(num_classes=10)", "torch.randn(1, 3, 64, 64)"),
    "resnet18": Row(f"{M}resnet18", "resnet18(num_classes=10)", IMAGE),
    "resnet of bottlenecks": Row(
        f"{M}resnet", "resnet.ResNet(resnet.Bottleneck, [1, 1, 1, 1], num_classes=10)", "torch.randn(1, 3, 32, 32)"
    ),
    "resnext": Row(
        f"{M}resnet",
        "resnet.ResNet(resnet.Bottleneck, [1, 1, 1, 1], num_classes=10, groups=8, width_per_group=4)",
        "torch.randn(1, 3, 32, 32)",
    ),
    "vgg features": Row(f"{M}vgg", "vgg.make_layers([16, 'M', 32, 'M', 64, 64, 'M'], batch_norm=True)", IMAGE),
    "squeezenet1_1": Row(f"{M}squeezenet1_1", "squeezenet1_1(num_classes=10)", LARGER),
    "densenet": Row(
        f"{M}DenseNet",
        "DenseNet(growth_rate=8, block_config=(2, 2, 2), num_init_features=16, num_classes=10)",
        IMAGE,
    ),
    "mobilenet_v2": Row(f"{M}mobilenet_v2", "mobilenet_v2(width_mult=0.25, num_classes=10)", IMAGE),
    "mobilenet_v3_small": Row(f"{M}mobilenet_v3_small", "mobilenet_v3_small(width_mult=0.5, num_classes=10)", IMAGE),
    "mnasnet0_5": Row(f"{M}mnasnet0_5", "mnasnet0_5(num_classes=10)", IMAGE),
    "shufflenet_v2": Row(f"{M}ShuffleNetV2", "ShuffleNetV2([2, 2, 2], [16, 32, 48, 64, 96], num_classes=10)", LARGER),
    "efficientnet_b0": Row(f"{M}efficientnet_b0", "efficientnet_b0(num_classes=10)", "torch.randn(1, 3, 32, 32)"),
    "efficientnet_v2": Row(
        f"{M}efficientnet",
        "efficientnet.EfficientNet([efficientnet.FusedMBConvConfig(1, 3, 1, 16, 16, 1), "
        "efficientnet.FusedMBConvConfig(4, 3, 2, 16, 24, 1), efficientnet.MBConvConfig(4, 3, 2, 24, 32, 2)], "
        "dropout=0.2, num_classes=10)",
        IMAGE,
    ),
    "regnet_y": Row(
        f"{M}regnet",
        "regnet.RegNet(regnet.BlockParams.from_init_params(depth=4, w_0=16, w_a=16.0, w_m=2.0, group_width=8, "
        "se_ratio=0.25), num_classes=10)",
        IMAGE,
    ),
    "regnet_x": Row(
        f"{M}regnet",
        "regnet.RegNet(regnet.BlockParams.from_init_params(depth=4, w_0=16, w_a=16.0, w_m=2.0, group_width=8), "
        "num_classes=10)",
        IMAGE,
    ),
    "convnext": Row(
        f"{M}convnext",
        "convnext.ConvNeXt([convnext.CNBlockConfig(16, 32, 1), convnext.CNBlockConfig(32, None, 1)], num_classes=10)",
        IMAGE,
    ),
    "vit": Row(
        f"{M}VisionTransformer",
        "VisionTransformer(image_size=32, patch_size=8, num_layers=2, num_heads=2, hidden_dim=32, mlp_dim=64, "
        "num_classes=10)",
        IMAGE,
    ),
    "swin": Row(
        f"{M}swin_transformer",
        "swin_transformer.SwinTransformer(patch_size=[2, 2], embed_dim=16, depths=[2, 2], num_heads=[2, 4], "
        "window_size=[4, 4], num_classes=10)",
        IMAGE,
    ),
    "swin_v2": Row(
        f"{M}swin_transformer as st",
        "st.SwinTransformer(patch_size=[2, 2], embed_dim=16, depths=[2, 2], num_heads=[2, 4], window_size=[4, 4], "
        "num_classes=10, block=st.SwinTransformerBlockV2, downsample_layer=st.PatchMergingV2)",
        IMAGE,
    ),
    "maxvit": Row(
        f"{M}MaxVit",
        "MaxVit(input_size=(32, 32), stem_channels=8, partition_size=2, block_channels=[16, 32], "
        "block_layers=[1, 1], "
        "head_dim=8, stochastic_depth_prob=0.2, num_classes=10)",
        IMAGE,
    ),
    "googlenet": Row(
        f"{M}googlenet", "googlenet(weights=None, init_weights=False, num_classes=10)", "torch.randn(1, 3, 64, 64)"
    ),
    "inception_v3": Row(
        f"{M}inception_v3",
        "inception_v3(weights=None, init_weights=False, num_classes=10)",
        "torch.randn(1, 3, 75, 75)",
    ),
    "r3d": Row(
        f"{V} import resnet as vr",
        "vr.VideoResNet(vr.BasicBlock, [vr.Conv3DSimple] * 4, [1, 1, 1, 1], vr.BasicStem, num_classes=10)",
        "torch.randn(1, 3, 4, 16, 16)",
    ),
    "r2plus1d": Row(
        f"{V} import resnet as vr",
        "vr.VideoResNet(vr.BasicBlock, [vr.Conv2Plus1D] * 4, [1, 1, 1, 1], vr.R2Plus1dStem, num_classes=10)",
        "torch.randn(1, 3, 4, 16, 16)",
    ),
    "swin3d": Row(
        f"{V} import swin_transformer as st",
        "st.SwinTransformer3d(patch_size=[2, 2, 2], embed_dim=16, depths=[2], num_heads=[2], window_size=[2, 4, 4], "
        "num_classes=10)",
        CLIP,
    ),
    "mvit": Row(
        f"{V} import mvit as mv",
        "mv.MViT((32, 32), 4, [mv.MSBlockConfig(1, 16, 16, [3, 3, 3], [3, 3, 3], [1, 1, 1], [1, 2, 2]), "
        "mv.MSBlockConfig(2, 16, 32, [3, 3, 3], [3, 3, 3], [1, 2, 2], [1, 1, 1])], residual_pool=True, "
        "residual_with_cls_embed=False, rel_pos_embed=True, proj_after_attn=True, num_classes=10, "
        "patch_embed_kernel=(3, 7, 7), patch_embed_stride=(2, 4, 4), patch_embed_padding=(1, 3, 3))",
        CLIP,
    ),
    "fcn head": Row(f"{S} import fcn", "fcn.FCNHead(16, 5)", "torch.randn(1, 16, 8, 8)"),
    "deeplab head": Row(f"{S} import deeplabv3 as d", "d.DeepLabHead(16, 5, (2, 4))", "torch.randn(1, 16, 8, 8)"),
    "lraspp": Row(
        f"{S} import lraspp as r",
        "r.LRASPPHead(8, 16, 5, 16)",
        "torch.randn(1, 8, 16, 16), torch.randn(1, 16, 8, 8)",
        "self.inner({'low': x, 'high': y})",
    ),
    # blocks
    "basic block": Row(f"{M}resnet", "resnet.BasicBlock(16, 16)", "torch.randn(2, 16, 8, 8)"),
    "dense layer": Row(f"{M}densenet", "densenet._DenseLayer(16, 8, 2, 0.0)", "torch.randn(2, 16, 8, 8)"),
    "inception block": Row(
        "from torchvision.models.googlenet import Inception",
        "Inception(16, 8, 8, 12, 4, 8, 8)",
        "torch.randn(2, 16, 8, 8)",
    ),
    "fire": Row(f"{M}squeezenet as s", "s.Fire(16, 8, 12, 12)", "torch.randn(2, 16, 8, 8)"),
    "squeeze excitation": Row(
        "from torchvision.ops import SqueezeExcitation", "SqueezeExcitation(16, 4)", "torch.randn(2, 16, 8, 8)"
    ),
    "shuffle unit": Row(f"{M}shufflenetv2 as s", "s.InvertedResidual(16, 16, 1)", "torch.randn(2, 16, 8, 8)"),
    "feature pyramid": Row(
        "from torchvision.ops import FeaturePyramidNetwork",
        "FeaturePyramidNetwork([8, 16], 12)",
        "torch.randn(1, 8, 16, 16), torch.randn(1, 16, 8, 8)",
        "list(self.inner({'a': x, 'b': y}).values())",
    ),
    "shifted window attention": Row(
        f"{M}swin_transformer as st",
        "st.ShiftedWindowAttention(16, [4, 4], [2, 2], 2)",
        "torch.randn(2, 8, 8, 16)",
    ),
    "frozen batch norm": Row(
        "from torchvision.ops import FrozenBatchNorm2d", "FrozenBatchNorm2d(16)", "torch.randn(2, 16, 8, 8)"
    ),
}
