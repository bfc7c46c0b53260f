"""Makes the model: network, heads, export."""
