"""What supervisors decide."""

from supervision.models.agent_review import AgentReview, KeptBecause, ReviewDecision

__all__ = ["AgentReview", "KeptBecause", "ReviewDecision"]
