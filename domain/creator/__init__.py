"""The creator account: one history of violations, points, penalties, appeals, rewards, training and notices."""
