// What scenes share: the module that is fused, and an editor that is photographed where a scene fails.

import { Editor } from "./editor.mjs";

export const MODULE = `"""A gated MLP, as language models have it."""

import torch
from torch import nn
from torch.nn import functional as F


# kernelagent: inputs=(torch.randn(64, 128),), init=(128, 256)
class GatedMLP(nn.Module):
    def __init__(self, features: int, hidden: int):
        super().__init__()
        self.gate = nn.Linear(features, hidden)
        self.up = nn.Linear(features, hidden)
        self.down = nn.Linear(hidden, features)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        gated = F.silu(self.gate(x)) * self.up(x)
        return self.down(gated)
`;
export const CLASS_LINE = 9;

/** Opens an editor for a scene, plays it, and closes it again. */
export async function staged(name, { vsix, python, theme, pictures }, options, scene) {
  const { settings = {}, ...rest } = options;
  const editor = await Editor.open({
    vsix,
    theme,
    pictures,
    files: { "model.py": MODULE },
    settings: { "kernelagent.interpreter": python, ...settings },
    ...rest,
  });
  try {
    await scene(editor);
  } catch (error) {
    await editor.picture(`failed-${name}`).catch(() => undefined);
    throw error;
  } finally {
    await editor.close();
  }
}
