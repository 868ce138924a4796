"""What market data does: import bars, keep played ones, pass quotes on."""
