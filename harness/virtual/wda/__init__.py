"""WebDriverAgent as the virtual iPhone has it: the phone's screen as a tree, and fingers that touch it.

It holds no truth: the tree is drawn anew from the kernel for each question, and a touch is an act of the
kernel. It can be reached only while its runner runs, at the port that the runner was told.
"""
