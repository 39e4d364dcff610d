"""What comes back: bounces, complaints, replies; what each says of a reader, and what becomes of it.

Pure so far: reading a message (`reading.py`), finding which letter of ours it is about
(`classify.py`), and the policy (`policy.py`).
"""
