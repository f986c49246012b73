"""Push: short notices to phones, through the service that the phone's maker runs."""
