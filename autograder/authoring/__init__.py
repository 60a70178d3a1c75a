"""The authoring side: the texts that people edit, and all that is made of them."""
