"""What a request costs the server: CPU and statements, on a Postgres of the benchmark's own."""
