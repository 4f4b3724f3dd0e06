"""The built-in synthesizer: graph → loop-level IR → fusion → readable Triton. Imports neither torch nor triton."""
