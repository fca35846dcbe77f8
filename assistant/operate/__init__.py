"""Keeping an installation: backup, restore, retention, the rights of a data subject, the doctor."""
