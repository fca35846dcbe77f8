"""What is remembered of questions and answers, and the gaps that they show."""
