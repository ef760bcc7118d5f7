"""What clients of other people are to get out of the virtual phone, command by command: data only."""
