"""An agency's own side: its keys, files, outbox, feed, views and interface. Reaches the hub over HTTP only."""
