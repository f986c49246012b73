"""What accounts tells the wire about itself: record types, events, problems."""
