"""The features' step: one command where Derby lets one process in, else one task per dbt model."""

from datetime import timedelta

from airflow.sdk import TaskGroup

from hm_airflow import pools
from hm_airflow.commands import AS_OF, TRAIN_WEEKS, HmOperator
from hm_airflow.environment import DBT, ENV, MANIFEST, REPO

PROJECT = REPO / "dbt_project"
BUILD = f"build {AS_OF} {TRAIN_WEEKS}"
LIMIT = timedelta(hours=8)


def build_features():
    """`hm build` as one task, or `plan`, dbt's models and tests, `built`."""
    if ENV == "embedded":
        return HmOperator(task_id="build", command=BUILD, execution_timeout=LIMIT, **pools.WAREHOUSE)
    with TaskGroup("features") as group:
        common = {"execution_timeout": timedelta(hours=1), **pools.WAREHOUSE}
        # Which dates are due, as dbt's variables; nothing due skips the models.
        plan = HmOperator(task_id="plan", command=f"{BUILD} --variables", do_xcom_push=True, **common)
        built = HmOperator(task_id="built", command=f"{BUILD} --built", trigger_rule="none_failed", **common)
        plan >> _models("{{ ti.xcom_pull(task_ids='features.plan') }}") >> built
    return group


def _title(node) -> str:
    """A model's task is called like the model."""
    return node.name


def _models(variables: str):
    """One task per model in the project's own order, then all data tests in one."""
    # Only here: Cosmos takes seconds to import.
    from cosmos import DbtTaskGroup, ExecutionConfig, LoadMode, ProfileConfig, ProjectConfig, RenderConfig
    from cosmos.constants import ExecutionMode, InvocationMode, TestBehavior

    return DbtTaskGroup(
        group_id="models",
        project_config=ProjectConfig(
            dbt_project_path=PROJECT,
            manifest_path=MANIFEST,
            install_dbt_deps=False,
            # As in `hm build`: the schemas that everybody reads, and dbt's unit tests are left to the test suite.
            env_vars={"HM_SCHEMA_PREFIX": "shared", "DBT_EXCLUDE_RESOURCE_TYPES": "unit_test"},
        ),
        profile_config=ProfileConfig(profile_name="hm", target_name=ENV, profiles_yml_filepath=PROJECT / "profiles.yml"),
        execution_config=ExecutionConfig(
            execution_mode=ExecutionMode.LOCAL, invocation_mode=InvocationMode.SUBPROCESS, dbt_executable_path=DBT
        ),
        render_config=RenderConfig(
            load_method=LoadMode.DBT_MANIFEST if MANIFEST else LoadMode.DBT_LS,
            invocation_mode=InvocationMode.SUBPROCESS,
            dbt_executable_path=DBT,
            test_behavior=TestBehavior.AFTER_ALL,
            emit_datasets=False,
            enable_mock_profile=False,
            normalize_task_display_name=_title,
        ),
        operator_args={"vars": variables, "execution_timeout": LIMIT, "install_deps": False, **pools.MODELS},
    )
