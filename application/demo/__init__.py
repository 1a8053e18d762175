"""A year of a marketplace, invented: some 2,000 creators whose histories are played through the real commands.

How often things happen is calibrated on the figures that platforms publish under the European Digital Services Act (TikTok, first half of
2026): appeals against about 5 % of measures, 48 % of the decided ones reversed (here: some of them in part), 70.5 % of measures after
automated detection, removals 36 %, labels 25 %, demotions 37 % of content measures. All else (who, how many violations, how good the orders,
how late a decision, how often the platform finds its own errors) is ours.
"""
