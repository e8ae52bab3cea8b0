"""Standing requests: drafting them, their slots, who may do what with them."""
