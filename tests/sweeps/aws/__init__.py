"""An AWS account on ministack, its workloads, and the truth about them."""
