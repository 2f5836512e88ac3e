"""What a network can never do: claims proved over the whole of the declared ranges, or refuted.

Proved means: of the exact real function of the weights as written, over the closed box of inputs.
Every bound is rounded outward; no tolerance decides a verdict. A refutation is a row that violates
the claim in 60 digits, and in the evaluator.
"""

from nnspec.proving.proofs import Proof, prove_case

__all__ = ["Proof", "prove_case"]
