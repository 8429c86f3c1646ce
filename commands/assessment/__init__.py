"""The maturity self-assessment: asked in the direct chat, private, and followed by help."""
