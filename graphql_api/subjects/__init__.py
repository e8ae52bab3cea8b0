"""The seven kinds of subject: looking them up, walking them, comparing and ranking them; who is asking."""
