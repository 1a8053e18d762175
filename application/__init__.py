"""How it is recorded: the event store, command handling, settings, and the wiring of it all."""
