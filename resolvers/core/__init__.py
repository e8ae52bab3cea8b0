"""What every noun is looked up with: ids, pages, refusals and their wording."""
