"""Ways out of the house: letters to recipients and packages for persons, as files with an end."""
