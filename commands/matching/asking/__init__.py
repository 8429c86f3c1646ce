"""Questions to the whole network: brought to the few who know most, answered, kept where both agree."""
