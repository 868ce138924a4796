"""What is decided on facts that machines saw or heard: pure, with dated thresholds beside."""
