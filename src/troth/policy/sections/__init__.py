"""One file for each section of the policy: the keys it knows, and the nouns it makes of them."""
