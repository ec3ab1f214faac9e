"""What a request costs by the number of its rows: whether anything grows faster than they do."""
