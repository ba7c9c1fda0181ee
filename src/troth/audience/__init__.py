"""The gate over sets: files and tables of millions of people, judged by the very rules that judge one.

Whoever stands alike gets the same answer. So a set is not judged by a second form of the rules: the database finds the
situations that occur in it, the gate answers each situation once, and the database gives the answers back to the rows.
"""
