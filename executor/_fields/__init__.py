"""Fields: resolvers find their values, shapes complete them."""
