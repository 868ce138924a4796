"""What is done with conditional orders: agreed to, watched, triggered, answered."""
