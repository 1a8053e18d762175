"""How the world asks: GraphQL, HTTP, the command line."""
