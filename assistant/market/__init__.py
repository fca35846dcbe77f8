"""Markets side by side, and a plan for one of them."""
