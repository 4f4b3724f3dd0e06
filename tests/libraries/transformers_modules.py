"""Modules of transformers: whole models of two layers, and single layers."""

from __future__ import annotations

from tests.libraries.row import Row

IDS = "torch.randint(0, 96, (2, 12))"
HIDDEN = "torch.randn(2, 12, 32)"
IMAGE = "torch.randn(2, 3, 32, 32)"
LAST = "self.inner(x).last_hidden_state"
SMALL = "vocab_size=96, hidden_size=32, num_hidden_layers=2, num_attention_heads=4, intermediate_size=64"
VISION = "hidden_size=32, num_hidden_layers=2, num_attention_heads=4, intermediate_size=64, image_size=32, patch_size=8"
DECODER = "self.inner(x, use_cache=False).last_hidden_state"


def model(name: str, config: str, inputs: str = IDS, call: str = LAST, head: str = "Model") -> Row:
    return Row(
        f"from transformers import {name}Config, {name}{head}", f"{name}{head}({name}Config({config}))", inputs, call
    )


def part(file: str, name: str, arguments: str, inputs: str, call: str = "self.inner(x)", more: str = "") -> Row:
    return Row(
        f"from transformers.models.{file}.modeling_{file} import {name}{more}", f"{name}({arguments})", inputs, call
    )


def decoder(name: str, config: str = "", head: str = "Model") -> Row:
    return model(name, f"{SMALL}, num_key_value_heads=2{config}", call=DECODER, head=head)


MODULES = {
    # encoders
    "bert": model("Bert", SMALL),
    "bert with mask": model(
        "Bert",
        SMALL,
        f"{IDS}, (torch.arange(12) < torch.tensor([[7], [12]])).long()",
        "self.inner(x, attention_mask=y).last_hidden_state",
    ),
    "roberta": model("Roberta", SMALL),
    "albert": model("Albert", f"{SMALL}, embedding_size=16"),
    "distilbert": model("DistilBert", "vocab_size=96, dim=32, n_layers=2, n_heads=4, hidden_dim=64"),
    "electra": model("Electra", f"{SMALL}, embedding_size=16"),
    "deberta": model("Deberta", f"{SMALL}, relative_attention=True, pos_att_type=['c2p', 'p2c']"),
    "deberta v2": model(
        "DebertaV2", f"{SMALL}, relative_attention=True, pos_att_type=['c2p', 'p2c'], position_buckets=8"
    ),
    "mpnet": model("MPNet", SMALL),
    "xlm roberta classifier": model("XLMRoberta", SMALL, call="self.inner(x).logits", head="ForSequenceClassification"),
    "modernbert": model("ModernBert", f"{SMALL}, pad_token_id=0, local_attention=8, global_attn_every_n_layers=2"),
    "squeezebert": model("SqueezeBert", f"{SMALL}, embedding_size=32"),
    "nomic convbert": model("ConvBert", f"{SMALL}, embedding_size=32"),
    # decoders
    "gpt2": model("GPT2", "vocab_size=96, n_embd=32, n_layer=2, n_head=4, n_positions=64", call=DECODER),
    "gpt2 logits": model(
        "GPT2",
        "vocab_size=96, n_embd=32, n_layer=2, n_head=4, n_positions=64",
        call="self.inner(x, use_cache=False).logits",
        head="LMHeadModel",
    ),
    "gpt neox": model("GPTNeoX", SMALL, call=DECODER),
    "gptj": model("GPTJ", "vocab_size=96, n_embd=32, n_layer=2, n_head=4, rotary_dim=4, n_positions=64", call=DECODER),
    "opt": model(
        "OPT",
        "vocab_size=96, hidden_size=32, num_hidden_layers=2, num_attention_heads=4, ffn_dim=64, word_embed_proj_dim=32",
        call=DECODER,
    ),
    "bloom": model("Bloom", "vocab_size=96, hidden_size=32, n_layer=2, n_head=4", call=DECODER),
    "falcon": model(
        "Falcon", "vocab_size=96, hidden_size=32, num_hidden_layers=2, num_attention_heads=4", call=DECODER
    ),
    "llama": decoder("Llama"),
    "llama logits": model(
        "Llama", f"{SMALL}, num_key_value_heads=2", call="self.inner(x, use_cache=False).logits", head="ForCausalLM"
    ),
    "mistral": decoder("Mistral", ", sliding_window=6"),
    "qwen2": decoder("Qwen2"),
    "qwen3": decoder("Qwen3", ", head_dim=8"),
    "phi": model("Phi", SMALL, call=DECODER),
    "phi3": decoder("Phi3", ", pad_token_id=0"),
    "gemma": decoder("Gemma", ", head_dim=8"),
    "gemma2": decoder("Gemma2", ", head_dim=8, sliding_window=6, query_pre_attn_scalar=8"),
    "stablelm": decoder("StableLm"),
    "olmo2": decoder("Olmo2"),
    "granite": decoder("Granite"),
    "cohere": decoder("Cohere"),
    "starcoder2": decoder("Starcoder2"),
    "mixtral": decoder("Mixtral", ", num_local_experts=4, num_experts_per_tok=2, experts_implementation='batched_mm'"),
    "mixtral of grouped products": decoder("Mixtral", ", num_local_experts=4, num_experts_per_tok=2"),
    "mamba": model("Mamba", "vocab_size=96, hidden_size=32, num_hidden_layers=1, state_size=8", call=DECODER),
    "mamba2": model(
        "Mamba2",
        "vocab_size=96, hidden_size=32, num_hidden_layers=1, state_size=8, num_heads=8, head_dim=8, n_groups=1, "
        "chunk_size=4",
        call=DECODER,
    ),
    "rwkv": model(
        "Rwkv",
        "vocab_size=96, hidden_size=32, num_hidden_layers=2, attention_hidden_size=32, rescale_every=0",
        call=DECODER,
    ),
    # encoder and decoder
    "t5": model(
        "T5",
        "vocab_size=96, d_model=32, d_kv=8, d_ff=64, num_layers=2, num_heads=4",
        f"{IDS}, torch.randint(0, 96, (2, 7))",
        "self.inner(input_ids=x, decoder_input_ids=y, use_cache=False).last_hidden_state",
    ),
    "t5 encoder": model(
        "T5", "vocab_size=96, d_model=32, d_kv=8, d_ff=64, num_layers=2, num_heads=4", head="EncoderModel"
    ),
    "bart": model(
        "Bart",
        "vocab_size=96, d_model=32, encoder_layers=1, decoder_layers=1, encoder_attention_heads=4, "
        "decoder_attention_heads=4, encoder_ffn_dim=64, decoder_ffn_dim=64, max_position_embeddings=64",
        f"{IDS}, torch.randint(0, 96, (2, 7))",
        "self.inner(input_ids=x, decoder_input_ids=y, use_cache=False).last_hidden_state",
    ),
    # images and sound
    "vit": model("ViT", VISION, IMAGE),
    "deit": model("DeiT", VISION, IMAGE),
    "beit": model("Beit", VISION, IMAGE),
    "dinov2": model("Dinov2", VISION, IMAGE),
    "clip vision": model("CLIPVision", VISION, IMAGE),
    "clip text": model("CLIPText", f"{SMALL}, eos_token_id=95", IDS),
    "siglip vision": model("SiglipVision", VISION, IMAGE),
    "swin": model(
        "Swin", "image_size=32, patch_size=2, embed_dim=16, depths=[2, 2], num_heads=[2, 4], window_size=4", IMAGE
    ),
    "segformer": model(
        "Segformer",
        "num_encoder_blocks=2, depths=[1, 1], sr_ratios=[2, 1], hidden_sizes=[16, 32], patch_sizes=[7, 3], "
        "strides=[4, 2], num_attention_heads=[1, 2], mlp_ratios=[2, 2]",
        IMAGE,
    ),
    "convnext": model("ConvNext", "hidden_sizes=[16, 32], depths=[1, 1], num_stages=2", IMAGE),
    "resnet": model("ResNet", "embedding_size=16, hidden_sizes=[16, 32], depths=[1, 1], layer_type='basic'", IMAGE),
    "mobilevit": model(
        "MobileViT",
        "image_size=64, hidden_sizes=[16, 24, 32], neck_hidden_sizes=[8, 8, 16, 16, 24, 24, 32], num_attention_heads=2",
        "torch.randn(1, 3, 64, 64)",
    ),
    "poolformer": model(
        "PoolFormer",
        "hidden_sizes=[16, 32], depths=[1, 1], patch_sizes=[7, 3], strides=[4, 2], padding=[2, 1], "
        "num_encoder_blocks=2",
        IMAGE,
    ),
    "whisper encoder": Row(
        "from transformers import WhisperConfig; "
        "from transformers.models.whisper.modeling_whisper import WhisperEncoder",
        "WhisperEncoder(WhisperConfig(d_model=32, encoder_layers=1, encoder_attention_heads=4, "
        "encoder_ffn_dim=64, num_mel_bins=16, max_source_positions=20))",
        "torch.randn(1, 16, 40)",
        LAST,
    ),
    "whisper decoder": Row(
        "from transformers import WhisperConfig; "
        "from transformers.models.whisper.modeling_whisper import WhisperDecoder",
        "WhisperDecoder(WhisperConfig(vocab_size=96, d_model=32, decoder_layers=1, decoder_attention_heads=4, "
        "decoder_ffn_dim=64, max_target_positions=20, pad_token_id=0, bos_token_id=1, eos_token_id=2, "
        "decoder_start_token_id=1))",
        "torch.randint(0, 96, (2, 7)), torch.randn(2, 12, 32)",
        "self.inner(x, encoder_hidden_states=y, use_cache=False).last_hidden_state",
    ),
    "wav2vec2": model(
        "Wav2Vec2",
        f"{SMALL}, conv_dim=(16, 16), conv_kernel=(5, 3), conv_stride=(3, 2), "
        "num_feat_extract_layers=2, num_conv_pos_embeddings=4, num_conv_pos_embedding_groups=4",
        "torch.randn(2, 100)",
    ),
    "patchtst": model(
        "PatchTST",
        "num_input_channels=2, context_length=16, patch_length=4, patch_stride=4, d_model=16, "
        "num_attention_heads=2, num_hidden_layers=1, ffn_dim=32",
        "torch.randn(2, 16, 2)",
    ),
    # layers
    "bert layer": part(
        "bert", "BertLayer", f"BertConfig({SMALL}, attn_implementation='eager')", HIDDEN, more=", BertConfig"
    ),
    "bert intermediate": part("bert", "BertIntermediate", f"BertConfig({SMALL})", HIDDEN, more=", BertConfig"),
    "gpt2 block": part(
        "gpt2", "GPT2Block", "GPT2Config(n_embd=32, n_head=4, attn_implementation='eager')", HIDDEN, more=", GPT2Config"
    ),
    "gpt2 mlp": part("gpt2", "GPT2MLP", "64, GPT2Config(n_embd=32)", HIDDEN, more=", GPT2Config"),
    "llama mlp": part("llama", "LlamaMLP", f"LlamaConfig({SMALL})", HIDDEN, more=", LlamaConfig"),
    "llama rms norm": part("llama", "LlamaRMSNorm", "32", HIDDEN),
    "llama layer": part(
        "llama",
        "LlamaDecoderLayer",
        f"LlamaConfig({SMALL}, num_key_value_heads=2, attn_implementation='sdpa'), 0",
        f"{HIDDEN}, torch.randn(2, 12, 8), torch.randn(2, 12, 8)",
        "self.inner(x, position_embeddings=(y, z))",
        more=", LlamaConfig",
    ),
    "gemma rms norm": part("gemma", "GemmaRMSNorm", "32", HIDDEN),
    "t5 layer norm": part("t5", "T5LayerNorm", "32", HIDDEN),
    "t5 feed forward": part(
        "t5", "T5LayerFF", "T5Config(d_model=32, d_ff=64, feed_forward_proj='gated-gelu')", HIDDEN, more=", T5Config"
    ),
    "mamba mixer": part(
        "mamba",
        "MambaMixer",
        "MambaConfig(hidden_size=32, state_size=8, num_hidden_layers=1), 0",
        HIDDEN,
        more=", MambaConfig",
    ),
    "albert layer": part(
        "albert", "AlbertLayer", f"AlbertConfig({SMALL}, attn_implementation='eager')", HIDDEN, more=", AlbertConfig"
    ),
    "vit embeddings": part("vit", "ViTEmbeddings", f"ViTConfig({VISION})", IMAGE, more=", ViTConfig"),
    "mixtral experts": part(
        "mixtral",
        "MixtralSparseMoeBlock",
        f"MixtralConfig({SMALL}, num_key_value_heads=2, num_local_experts=4)",
        HIDDEN,
        more=", MixtralConfig",
    ),
}
