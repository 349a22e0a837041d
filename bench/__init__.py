"""What must be fast, measured against the least it could cost and against what one could take instead.

The method is the same everywhere: limit, ours and peer take turns in one run, five rounds, fresh databases on the same
disk. What counts is the median of the rounds' ratios; milliseconds are only shown, as they tell of the machine.
"""
