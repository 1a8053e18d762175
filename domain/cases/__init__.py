"""A case: the work on one appeal. Who is to do it, who has it in hand and until when; what is decided stays in the creator's account."""
