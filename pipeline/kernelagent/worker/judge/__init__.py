"""The judge: one file for each check, run in processes that trust the candidate with nothing (docs/verification.md)."""
