"""What a day comes to: figures, fees read a second time, settlement, proof. Pure."""
