"""The HTTP server that apps download from and upload to: gates, faults, and a receipt for every byte."""
