"""A demonstration: invented people in real places, with two years of true bookkeeping."""
