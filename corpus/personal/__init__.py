"""Finds personal data in a text, as far as a program can: names, numbers, addresses, what people tell of themselves.

What is sure by its form is found wherever it stands: an e-mail address, a number whose check digits are right. Whatever
else is found by the words around it: `my passport is`, `geboren am`, `je souffre de`. Each table of words lies beside
the module that reads it.
"""
