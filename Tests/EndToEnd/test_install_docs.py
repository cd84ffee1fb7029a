"""What docs/quickstart.md and docs/migrate.md tell people to apply is what they say it is."""

import re
from pathlib import Path

import pytest
import yaml

from harness import chart
from harness.gateway import run

DOCS = Path(__file__).resolve().parents[2] / "docs"
#: What stands beside it in a cluster.
BESIDE = """
apiVersion: gateway.networking.k8s.io/v1
kind: GatewayClass
metadata: {name: sallyport}
spec: {controllerName: sallyport.dev/gateway}
---
apiVersion: v1
kind: Namespace
metadata: {name: ai, labels: {kubernetes.io/metadata.name: ai}}
"""


@pytest.mark.parametrize("page", ["quickstart.md", "migrate.md"])
def test_objects_of_the_page_have_no_mistake(page, tmp_path):
    blocks = re.findall(r"^```yaml\n(.*?)^```", (DOCS / page).read_text(), re.M | re.S)
    assert blocks
    (tmp_path / "all.yaml").write_text("---\n".join([BESIDE + "\n", *blocks]))
    answer = run("validate", tmp_path)
    assert answer.returncode == 0 and "no mistakes" in answer.stdout, answer.stdout + answer.stderr


def test_values_of_the_chart_that_pages_name_are_there():
    values = yaml.safe_load((chart.CHART / "values.yaml").read_text())
    tops = "|".join(values)
    for page in ("install.md", "troubleshooting.md"):
        for path in re.findall(rf"`((?:{tops})(?:\.\w+)+)", (DOCS / page).read_text()):
            place = values
            for key in path.split("."):
                assert key in place, f"{page} names {path}"
                place = place[key]


def test_every_value_of_the_chart_is_in_its_schema_and_has_a_comment_or_a_plain_name():
    schema = yaml.safe_load((chart.CHART / "values.schema.json").read_text())
    values = yaml.safe_load((chart.CHART / "values.yaml").read_text())
    assert set(values) == set(schema["properties"]) - {"global"}
    for name, part in schema["properties"].items():
        assert part.get("description"), name
        for key, value in part.get("properties", {}).items():
            assert "$ref" in value or value.get("description"), f"{name}.{key}"
