"""Modules of timm: its layers, and whole models in small."""

from __future__ import annotations

from tests.libraries.row import Row

MAP = "torch.randn(2, 16, 8, 8)"
TOKENS = "torch.randn(2, 16, 32)"
IMAGE = "torch.randn(2, 3, 32, 32)"
LARGER = "torch.randn(1, 3, 64, 64)"


def layer(name: str, arguments: str, inputs: str = MAP, call: str = "self.inner(x)") -> Row:
    name, _, file = name.partition("@")
    return Row(f"from timm.layers{'.' + file if file else ''} import {name}", f"{name}({arguments})", inputs, call)


def network(file: str, build: str, inputs: str = IMAGE, call: str = "self.inner(x)") -> Row:
    return Row(f"import timm.models.{file} as m", f"m.{build}", inputs, call)


def named(name: str, more: str = "", inputs: str = IMAGE) -> Row:
    return Row("import timm", f"timm.create_model('{name}', num_classes=10{more})", inputs)


MODULES = {
    # layers over tokens
    "mlp": layer("Mlp", "32, 64", TOKENS),
    "glu mlp": layer("GluMlp", "32, 64", TOKENS),
    "swiglu": layer("SwiGLU", "32, 64", TOKENS),
    "grn mlp": layer("GlobalResponseNormMlp", "32, 64", "torch.randn(2, 4, 4, 32)"),
    "attention": Row(
        "from timm.layers import Attention",
        "Attention(32, num_heads=4, qkv_bias=True, qk_norm=True, norm_layer=nn.LayerNorm)",
        TOKENS,
    ),
    "rms norm": layer("RmsNorm", "32", TOKENS),
    "layer scale": Row("from timm.layers import LayerScale", "LayerScale(32, init_values=0.1)", TOKENS),
    "drop path": layer("DropPath", "0.2", TOKENS, "x + self.inner(2 * x)"),
    "attention pool latent": layer("AttentionPoolLatent", "32, num_heads=4", TOKENS),
    "patch embed": layer("PatchEmbed", "img_size=32, patch_size=8, embed_dim=32", IMAGE),
    "mixer block": network("mlp_mixer", "MixerBlock(32, 16)", TOKENS),
    "gmlp block": network("mlp_mixer", "SpatialGatingBlock(32, 16, mlp_layer=m.GatedMlp)", TOKENS),
    "resmlp block": network("mlp_mixer", "ResBlock(32, 16)", TOKENS),
    "vit block": network("vision_transformer", "Block(32, 4, init_values=0.1)", TOKENS),
    "parallel vit block": network("vision_transformer", "ParallelThingsBlock(32, 4)", TOKENS),
    "eva block": network("eva", "EvaBlock(32, 4, swiglu_mlp=True)", TOKENS),
    "xca block": network("xcit", "XCA(32, num_heads=4)", TOKENS),
    "rel pos bias": Row(
        "from timm.layers import RelPosBias", "RelPosBias((4, 4), 4)", "torch.randn(2, 4, 16, 16)", "self.inner(x)"
    ),
    # layers over maps
    "layer norm 2d": layer("LayerNorm2d", "16"),
    "batch norm act": layer("BatchNormAct2d", "16"),
    "evo norm b0": layer("EvoNorm2dB0", "16"),
    "evo norm s0": layer("EvoNorm2dS0", "16, group_size=4"),
    "filter response norm": layer("FilterResponseNormTlu2d", "16"),
    "se": layer("SEModule", "16, rd_channels=4"),
    "effective se": layer("EffectiveSEModule", "16"),
    "eca": layer("EcaModule", "16"),
    "circular eca": layer("CecaModule", "16"),
    "cbam": layer("CbamModule@cbam", "16, rd_channels=4"),
    "gather excite": layer("GatherExcite", "16, extent=0, add_maxpool=True, use_mlp=False"),
    "global context": layer("GlobalContext", "16, rd_channels=8"),
    "coord attention": layer("CoordAttn@coord_attn", "16"),
    "non local": layer("NonLocalAttn", "16"),
    "bat": layer("BatNonLocalAttn", "16, block_size=4"),
    "selective kernel": layer("SelectiveKernel", "16, 16"),
    "split attention": layer("SplitAttn", "16, 16"),
    "bottleneck attention": layer("BottleneckAttn@bottleneck_attn", "16, feat_size=(8, 8), num_heads=2"),
    "halo attention": layer("HaloAttn@halo_attn", "16, num_heads=2, block_size=4, halo_size=1"),
    "lambda": layer("LambdaLayer@lambda_layer", "16, feat_size=(8, 8), num_heads=2, dim_head=8"),
    "conv same": layer("Conv2dSame", "16, 24, 3, stride=2", "torch.randn(2, 16, 9, 9)"),
    "standardized conv": layer("StdConv2d", "16, 24, 3"),
    "scaled standardized conv": layer("ScaledStdConv2d", "16, 24, 3, padding=1"),
    "mixed conv": layer("MixedConv2d", "16, 24, [3, 5]"),
    "conditional conv": layer("CondConv2d", "16, 24, 3, num_experts=3", f"{MAP}, torch.rand(2, 3)", "self.inner(x, y)"),
    "blur pool": layer("BlurPool2d", "16, stride=2"),
    "avg pool same": layer("AvgPool2dSame", "3, stride=2"),
    "space to depth": layer("SpaceToDepth", "4"),
    "fast adaptive pool": layer("SelectAdaptivePool2d", "pool_type='catavgmax', flatten=True"),
    "attention pool": layer("AttentionPool2d", "16, feat_size=8, num_heads=2"),
    "rotary attention pool": layer("RotAttentionPool2d", "16, ref_feat_size=8, num_heads=2"),
    "drop block": layer("DropBlock2d", "0.1, 3", MAP, "x + self.inner(2 * x)"),
    "pool attention block": network("metaformer", "MetaFormerBlock(16, token_mixer=m.Pooling)", MAP),
    "convnext block": network("convnext", "ConvNeXtBlock(16)", MAP),
    "inverted residual": network("_efficientnet_blocks", "InvertedResidual(16, 16)", MAP),
    "edge residual": network("_efficientnet_blocks", "EdgeResidual(16, 16)", MAP),
    # whole models
    "mlp mixer": network(
        "mlp_mixer", "MlpMixer(num_classes=10, img_size=32, patch_size=8, num_blocks=2, embed_dim=32)"
    ),
    "vision transformer": network(
        "vision_transformer",
        "VisionTransformer(num_classes=10, img_size=32, patch_size=8, depth=2, embed_dim=32, num_heads=4)",
    ),
    "beit": network(
        "beit",
        "Beit(num_classes=10, img_size=32, patch_size=8, depth=2, embed_dim=32, num_heads=4, "
        "use_rel_pos_bias=True, use_abs_pos_emb=False, init_values=0.1)",
    ),
    "cait": network("cait", "Cait(num_classes=10, img_size=32, patch_size=8, depth=2, embed_dim=32, num_heads=4)"),
    "swin v2": network(
        "swin_transformer_v2",
        "SwinTransformerV2(num_classes=10, img_size=32, patch_size=2, embed_dim=16, depths=(2, 2), num_heads=(2, "
        "4), window_size=4)",
    ),
    "convmixer": network("convmixer", "ConvMixer(32, 2, kernel_size=5, patch_size=4, num_classes=10)"),
    "poolformer": network(
        "metaformer", "MetaFormer(num_classes=10, depths=(1, 1), dims=(16, 32), token_mixers=m.Pooling)"
    ),
    "caformer": network(
        "metaformer",
        "MetaFormer(num_classes=10, depths=(1, 1), dims=(16, 32), token_mixers=(m.SepConv, m.Attention), "
        "norm_layers=(m.LayerNorm2dNoBias, m.LayerNormNoBias))",
    ),
    "convnext v2": network(
        "convnext",
        "ConvNeXt(num_classes=10, depths=(1, 1, 1, 1), dims=(8, 16, 24, 32), use_grn=True, ls_init_value=None)",
    ),
    "levit": network(
        "levit",
        "Levit(img_size=64, num_classes=10, embed_dim=(16, 32), key_dim=8, depth=(1, 1), num_heads=(2, 2))",
        LARGER,
    ),
    "pvt v2": network(
        "pvt_v2",
        "PyramidVisionTransformerV2(num_classes=10, depths=(1, 1), embed_dims=(16, 32), num_heads=(1, 2), "
        "sr_ratios=(2, 1), mlp_ratios=(2, 2))",
    ),
    "focalnet": network("focalnet", "FocalNet(num_classes=10, embed_dim=16, depths=(1, 1))"),
    "edgenext": network(
        "edgenext",
        "EdgeNeXt(num_classes=10, dims=(16, 24, 32, 40), depths=(1, 1, 1, 1), heads=(2, 2, 2, 2), d2_scales=(2, "
        "2, 3, 4))",
    ),
    "coatnet": network(
        "maxxvit",
        "MaxxVit(m.MaxxVitCfg(embed_dim=(16, 32), depths=(1, 1), block_type=('C', 'T'), stem_width=16, "
        "transformer_cfg=m.MaxxVitTransformerCfg(dim_head=8)), img_size=32, num_classes=10)",
    ),
    "xception block": Row("from timm.models.xception import Block", "Block(16, 24, 2, 2)", MAP),
    "resnet10t": named("resnet10t"),
    "seresnext": network(
        "resnet",
        "ResNet(m.Bottleneck, [1, 1, 1, 1], channels=(16, 32, 48, 64), cardinality=4, base_width=8, "
        "stem_width=16, num_classes=10, block_args=dict(attn_layer='se'))",
    ),
    "ghostnet": named("ghostnet_050"),
    "repvgg a0": named("repvgg_a0"),
    "hardcorenas": named("tinynet_e"),
    "mobilenetv4": named("mobilenetv4_conv_small_050"),
    "fastvit": network(
        "fastvit",
        "FastVit(num_classes=10, layers=(1, 1), embed_dims=(16, 32), mlp_ratios=(2, 2), "
        "token_mixers=('repmixer', 'attention'))",
    ),
    "nfnet": network(
        "nfnet",
        "NormFreeNet(m.NfCfg(depths=(1, 1), channels=(16, 32), attn_layer='se', attn_kwargs=dict(rd_ratio=0.5), "
        "stem_type='3x3'), num_classes=10)",
    ),
    "davit": network(
        "davit", "DaVit(num_classes=10, depths=(1, 1), embed_dims=(16, 32), num_heads=(2, 4), window_size=4)"
    ),
    "hiera": network(
        "hiera",
        "Hiera(img_size=(32, 32), num_classes=10, embed_dim=16, num_heads=1, stages=(1, 1), q_pool=1, "
        "q_stride=(2, 2), mask_unit_size=(2, 2), mask_unit_attn=(True, False))",
    ),
}
