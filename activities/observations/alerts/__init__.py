"""Alerts: urgent observations and calls for help, told to those who can come, passed on until somebody answers."""
