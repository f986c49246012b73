"""`./anthon tips`: what runs on a police officer's own machine, the only place where the source of a tip is opened."""
