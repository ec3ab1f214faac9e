"""How much each caller may spend: a bucket of cost that fills again with time."""
