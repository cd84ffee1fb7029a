"""The text that Prometheus scrapes, checked by Prometheus' own tool."""

import shutil
import subprocess

import pytest

from harness import hub

pytestmark = hub.needed

RECORDS = [hub.request(1), hub.denied(2), hub.connection(3), hub.connection(4, "denied"), hub.connection(5, "closed"),
           hub.request(6, suspected_theft=True, policy="ai/a\"b\\c", staged={
               "policy": "ai/next", "rule": "r", "verdict": "denied", "reason": "no_rule_matches"}),
           hub.request(7, ai={"server": "mcp", "operation": "execute_tool", "mcp_method": "tools/call", "tool": "find\nme"})]


@pytest.mark.skipif(not shutil.which("promtool"), reason="promtool is not installed: it is in the package prometheus")
def test_promtool_finds_nothing(tmp_path):
    text = hub.run("metrics", hub.write(RECORDS, tmp_path))
    assert "sallyport_decisions_total{" in text and "gen_ai_client_token_usage_sum{" in text
    check = subprocess.run(["promtool", "check", "metrics"], input=text, capture_output=True, text=True)
    assert (check.returncode, check.stdout + check.stderr) == (0, "")


def test_no_label_has_what_has_no_end(tmp_path):
    text = hub.run("metrics", hub.write(RECORDS, tmp_path))
    for secret in ["10.0.0.7", "51234", "alice", "/v1/chat", "agent-5d9", "models.example.com", "r1\""]:
        assert secret not in text
