"""Questions on a practice: brought to who knows it, the answer brought back, and kept where both agree."""
