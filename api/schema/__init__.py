"""The GraphQL schema: how the world asks."""
