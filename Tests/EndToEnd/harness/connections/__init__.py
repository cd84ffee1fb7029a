"""Who can reach whom: answers of ours and of other analysers, brought into one form and compared as sets."""
