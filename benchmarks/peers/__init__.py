"""What Rollcall is compared with: plain SQL and COPY, written by hand for the one thing they do."""
