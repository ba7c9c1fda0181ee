"""The databases of Larkwing Air: their tables, the people in them, and the generator that fills them."""
