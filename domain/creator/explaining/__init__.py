"""Explanations: why a threshold was reached, a penalty imposed, points deducted or a reward refused, from what was recorded then.

Every figure is that of the recorded fact or of the pack it pins; nothing is reckoned anew by the rules of today. What became known later
appears only as what it is, a later change.
"""
