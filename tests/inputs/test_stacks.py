"""Atmos stacks: the right vars, or a clear error with its place."""

from pathlib import Path

import pytest

from mermaid_flow.errors import MflowError, Problems
from mermaid_flow.inputs.late import LateBound
from mermaid_flow.inputs.stacks import (
    Stack,
    StackFolder,
    component,
    component_inputs,
    component_layers,
    components,
    load_stack,
)

STACKS = Path(__file__).parent / "stacks"
ACME = STACKS / "acme" / "stacks"
DEV = "orgs/acme/dev/eu-west-1/dev-01"
PRODUCTION = "orgs/acme/prod/eu-west-1/production"


@pytest.fixture
def dev() -> Stack:
    return load_stack(ACME, DEV, {"BUILD_NUMBER": "7"})


def place(where: object) -> str:
    """A location without the folder that the repository happens to be in."""
    return str(where).removeprefix(f"{STACKS}/")


def refused(stack: str) -> MflowError:
    with pytest.raises(MflowError) as caught:
        loaded = load_stack(STACKS / "broken", stack)
        for name in loaded.manifest.components:
            component_layers(loaded, name)
    return caught.value


def test_the_scopes_merge_in_the_order_of_atmos(dev: Stack) -> None:
    variables = component_inputs(dev, "vpc/main").variables
    assert variables.to_plain() == {
        "namespace": "example",
        "region": "eu-west-1",
        "availability_zones": ["eu-west-1a", "eu-west-1b"],
        "tenant": "acme",
        "account_id": "012345678901",
        "stage": "dev",
        "environment": "dev-01",
        "account": "dev",
        "aws_profile": "default-profile",
        "build": "7",
        "enable_vpc_flow_logs": True,
        "domain_name": "dev.example.com",
        "enabled": True,
        "enable_nat_gateway": True,
        "nat_gateway_strategy": "single",
        "vpc_cidr": "10.0.0.0/16",
        "public_subnets": ["10.0.1.0/24", "10.0.2.0/24"],
        "tags": {"ManagedBy": "mflow", "Layer": "base", "Stage": "dev", "Component": "vpc", "Team": "platform"},
    }


def test_every_layer_of_a_value_is_explained(dev: Stack) -> None:
    variables = component_inputs(dev, "vpc/main", sets=["public_subnets=[]"]).variables
    assert [(value, place(where)) for value, where in variables.explain("public_subnets")] == [
        (["10.0.101.0/24"], "acme/stacks/catalog/vpc/defaults.yaml:13:25"),
        (["10.0.1.0/24", "10.0.2.0/24"], "acme/stacks/orgs/acme/dev/eu-west-1/components/networking.yaml:17:25"),
        ([], "--set public_subnets"),
    ]


def test_bases_are_merged_before_what_inherits_from_them(dev: Stack) -> None:
    variables = component_inputs(dev, "eks/main").variables
    assert variables["node_groups"] == {"default": {"min": 1, "max": 1}}
    assert variables["default_kubernetes_version"] == "1.30"
    assert component(dev, "eks/main").bases == ("eks/base", "eks/small")


def test_overrides_hold_for_the_components_of_the_file_and_its_imports_only(dev: Stack) -> None:
    assert component_inputs(dev, "vpc/services").variables["tags.Team"] == "platform"
    assert "tags.Team" not in component_inputs(dev, "eks/main").variables


def test_an_output_of_another_component_is_a_value_that_is_not_known_yet(dev: Stack) -> None:
    variables = component_inputs(dev, "eks/main").variables
    values = {name: variables[name] for name in ("subnet_ids", "first_subnet", "hub_vpc_id")}
    assert [
        (value.component, value.output, value.path, value.stack)
        for value in values.values()
        if isinstance(value, LateBound)
    ] == [
        ("vpc/main", "private_subnet_ids", (), None),
        ("vpc/main", "private_subnet_ids", (0,), None),
        ("vpc/hub", "vpc_id", (), "acme-hub-prod"),
    ]
    with pytest.raises(MflowError, match="known after apply: vpc/main private_subnet_ids") as caught:
        variables.require("subnet_ids", list)
    assert place(caught.value.where).endswith("compute.yaml:11:21")


def test_components_say_what_they_are(dev: Stack) -> None:
    listed = {each.name: each for each in components(dev)}
    assert [name for name, each in listed.items() if each.runs] == [
        *("eks/main", "iam/ci", "rds/main", "lambda/jobs", "api/templated", "vpc/main", "vpc/services"),
    ]
    assert listed["vpc/main"].module == "vpc"
    assert listed["vpc/defaults"].abstract
    assert not listed["vpc/main"].abstract
    assert not listed["rds/legacy"].enabled
    assert listed["rds/legacy"].module == "rds"
    assert listed["lambda/jobs"].locked
    assert place(listed["vpc/main"].where) == "acme/stacks/orgs/acme/dev/eu-west-1/components/networking.yaml:12:5"


@pytest.mark.parametrize(
    ("name", "code", "said"),
    [
        ("vpc/defaults", "stacks.not_runnable", "abstract"),
        ("rds/legacy", "stacks.not_runnable", "disabled"),
        ("vpc/mian", "stacks.unknown_component", "did you mean 'vpc/main'?"),
    ],
)
def test_a_component_that_cannot_run_has_no_inputs(dev: Stack, name: str, code: str, said: str) -> None:
    with pytest.raises(MflowError) as caught:
        component_inputs(dev, name)
    assert caught.value.code == code
    assert said in str(caught.value)


def test_what_only_atmos_can_read_is_an_error_where_it_is_needed(dev: Stack) -> None:
    with pytest.raises(Problems) as caught:
        component_inputs(dev, "api/templated")
    assert [problem.code for problem in caught.value.problems] == ["stacks.unread"] * 4
    assert [place(problem.where).rpartition("/")[2] for problem in caught.value.problems] == [
        *("compute.yaml:39:19", "compute.yaml:40:26", "compute.yaml:41:22", "compute.yaml:42:16"),
    ]
    assert all("atmos describe component" in problem.hint for problem in caught.value.problems)


def test_a_value_that_is_overridden_needs_no_atmos(dev: Stack, tmp_path: Path) -> None:
    (tmp_path / "over.yaml").write_text("certificate: arn\nwrong: [subnet]\n")
    sets = ["api_name=api", 'region="{{ x }}"']
    with pytest.raises(Problems) as caught:
        component_inputs(dev, "api/templated", [tmp_path / "over.yaml"], sets)
    region, name = caught.value.problems
    assert region.message.startswith("'region' still holds")
    assert "{{ .vars.x }}" in name.message


def test_a_base_that_comes_in_twice_counts_where_it_is_nearest(tmp_path: Path) -> None:
    (tmp_path / "dev.yaml").write_text(
        """\
components:
  terraform:
    a: {vars: {x: a, y: a}}
    b: {metadata: {inherits: [a]}, vars: {x: b}}
    c: {metadata: {inherits: [b, a]}}
    d: {metadata: {inherits: [a, b]}}
"""
    )
    stack = load_stack(tmp_path, "dev")
    assert component_inputs(stack, "c").variables.to_plain() == {"x": "a", "y": "a"}
    assert component_inputs(stack, "d").variables.to_plain() == {"x": "b", "y": "a"}


@pytest.mark.parametrize(
    ("name", "file"),
    [
        (DEV, DEV),
        (f"{DEV}.yaml", DEV),
        ("dev-01", DEV),
        ("eu-west-1/dev-01", DEV),
        ("acme-dev-01-dev", DEV),
        ("acme-production", PRODUCTION),
    ],
)
def test_a_stack_is_found_by_file_by_the_end_of_its_path_and_by_its_name(name: str, file: str) -> None:
    assert load_stack(ACME, name, {}).file == file


@pytest.mark.parametrize(
    ("name", "hint"), [("dev-1", "did you mean 'dev-01'?"), ("zzz", f"stacks: {DEV}, {PRODUCTION}")]
)
def test_a_stack_that_is_not_there_is_an_error_with_those_that_are(name: str, hint: str) -> None:
    with pytest.raises(MflowError) as caught:
        load_stack(ACME, name)
    assert caught.value.code == "stacks.unknown"
    assert hint == caught.value.hint


def test_stacks_are_listed_as_atmos_yaml_says() -> None:
    folder = StackFolder(ACME, {})
    assert folder.stack_files() == [DEV, PRODUCTION]
    assert [stack.name for stack in folder.stacks()] == ["acme-dev-01-dev", "acme-production"]
    assert [stack.warnings for stack in folder.stacks()] == [(), ()]


def test_without_atmos_yaml_stacks_are_the_files_that_nothing_imports(tmp_path: Path) -> None:
    for name, text in {
        "catalog/vpc/defaults": "components: {}",
        "mixins/dev": "vars: {}",
        "orgs/_defaults": "vars: {}",
        "orgs/part": "vars: {}",
        "orgs/dev": "import: [./part, orgs/_defaults]",
        "orgs/broken": "import: [nothing]",
    }.items():
        (tmp_path / f"{name}.yaml").parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / f"{name}.yaml").write_text(text)
    folder = StackFolder(tmp_path)
    assert folder.stack_files() == ["orgs/broken", "orgs/dev"]
    assert folder.load("dev").name == "orgs/dev"
    with pytest.raises(MflowError, match="names no file"):
        folder.load("broken")
    with pytest.raises(MflowError, match="there is no stack 'part'"):
        folder.load("part")


@pytest.mark.parametrize(
    ("settings", "name"),
    [
        ("stacks: {name_template: '{{ .vars.tenant }}-{{.vars.stage}}'}", "acme-dev"),
        ("stacks: {name_template: '{{ .vars.tenant | upper }}'}", "orgs/dev"),
        ("stacks: {name_pattern: '{tenant}-{nothing}'}", "orgs/dev"),
        ("stacks: {name_pattern: dev}", "orgs/dev"),
        ("stacks: {included_paths: orgs}", "orgs/dev"),
        ("stacks: []", "orgs/dev"),
        ("logs: !env X", "orgs/dev"),
    ],
)
def test_a_name_pattern_is_filled_in_by_the_vars_of_the_stack(tmp_path: Path, settings: str, name: str) -> None:
    (tmp_path / "atmos.yaml").write_text(settings)
    (tmp_path / "stacks" / "orgs").mkdir(parents=True)
    (tmp_path / "stacks" / "orgs" / "dev.yaml").write_text("vars: {tenant: acme}\nterraform: {vars: {stage: dev}}\n")
    assert load_stack(tmp_path / "stacks", "dev").name == name


def test_components_defined_twice_and_broken_stacks_are_all_told() -> None:
    with pytest.raises(Problems) as caught:
        StackFolder(STACKS / "twice").stacks()
    broken, twice = caught.value.problems
    assert broken.code == "stacks.import"
    assert twice.code == "stacks.duplicate"
    assert "vpc is defined twice in the stack dev" in twice.message
    assert place(twice.where) == "twice/two.yaml:2:35"
    with pytest.raises(MflowError, match="several files are the stack 'dev': one, two"):
        load_stack(STACKS / "twice", "dev")


def test_a_folder_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(MflowError) as caught:
        load_stack(tmp_path / "stacks", "dev")
    assert caught.value.code == "stacks.folder"


def test_names_that_nothing_reads_are_warnings_with_the_closest_name() -> None:
    stack = load_stack(STACKS / "broken", "wrong-keys")
    assert [(place(each.where), each.hint) for each in stack.warnings] == [
        ("broken/wrong-keys.yaml:1:1", "did you mean 'import'?"),
        ("broken/wrong-keys.yaml:3:1", "did you mean 'vars'?"),
        ("broken/wrong-keys.yaml:5:3", "did you mean 'terraform'?"),
        ("broken/wrong-keys.yaml:8:7", "did you mean 'vars'?"),
        ("broken/wrong-keys.yaml:9:7", ""),
    ]
    assert component_inputs(stack, "vpc").variables.to_plain() == {"d": 4}


@pytest.mark.parametrize(
    ("stack", "where", "message"),
    [
        ("cycle-a", "cycle-c.yaml:1:10", "cycle-a imports cycle-b imports cycle-c imports cycle-a"),
        ("missing-import", "missing-import.yaml:2:5", "names no file"),
        ("missing-glob", "missing-glob.yaml:2:5", "names no file"),
        ("bad-glob", "bad-glob.yaml:1:10", "names no file"),
        ("outside", "outside.yaml:2:5", "leads out of"),
        ("absolute", "absolute.yaml:1:10", "leads out of"),
        ("remote", "remote.yaml:2:5", "is remote"),
        ("templated-import", "templated-import.yaml:2:5", "is a template"),
        ("context", "context.yaml:3:5", "`context`"),
        ("import-text", "import-text.yaml:1:9", "must be a list of files"),
        ("import-number", "import-number.yaml:1:10", "the name of a file"),
        ("import-no-path", "import-no-path.yaml:2:5", "the name of a file"),
        ("equal-components", "equal-components.yaml:5:5", "'vpc' is given twice"),
        ("no-map", "no-map.yaml:1:1", "must be a map"),
        ("vars-list", "vars-list.yaml:1:7", "`vars` must be a map"),
        ("component-text", "component-text.yaml:3:10", "must be a map"),
        (
            "inherits-unknown",
            "inherits-unknown.yaml:5:29",
            "inherits from 'vpc/default', which the stack does not define",
        ),
        ("inherits-text", "inherits-text.yaml:1:53", "must be a list of components"),
        ("inherits-circle", "inherits-circle.yaml:5:31", "b inherits from c inherits from b"),
        ("module-number", "module-number.yaml:1:54", "must be a string"),
    ],
)
def test_what_is_broken_is_shown_with_its_place(stack: str, where: str, message: str) -> None:
    error = refused(stack)
    assert message in error.message
    assert place(error.where) == f"broken/{where}"
