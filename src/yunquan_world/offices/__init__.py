"""The simulated offices: whom a broker asks besides exchange and banks. All of them invented."""
