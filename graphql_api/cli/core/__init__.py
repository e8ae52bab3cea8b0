"""What every command is written with: arguments, output, failures, and the composition of the product."""
