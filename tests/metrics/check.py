# Reads a page of metrics from standard input and prints how many there are.
import sys
from prometheus_client.parser import text_string_to_metric_families

families = list(text_string_to_metric_families(sys.stdin.read()))
assert all(family.documentation and family.type != "unknown" for family in families)
print(len(families))
