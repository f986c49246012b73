"""Tips: what people tell the police without being known. No record type: in no stream, revision, webhook or export."""
