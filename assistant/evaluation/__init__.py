"""Files of questions, their results, how two runs differ, and the calibration."""
