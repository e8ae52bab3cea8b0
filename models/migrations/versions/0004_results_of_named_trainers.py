"""Results without a group count for the trainer their assessment names: the sums kept by the older rule."""

from alembic import op

revision = "0004"
down_revision = "0003"

# the turn of whoever recomputes sums (resolvers/metrics/part_lock.py): an import under way is waited for
_TAKE_TURN = "select pg_advisory_xact_lock(7265552)"
# of an assessment at most one row has no group, and by the older rule it had no trainer
_WITHOUT_GROUP = (
    "update result_part p set trainer_id = {trainer} from assessment a"
    " where a.id = p.assessment_id and p.class_group_id is null and a.trainer_id is not null"
)


def upgrade() -> None:
    op.execute(_TAKE_TURN)
    op.execute(_WITHOUT_GROUP.format(trainer="a.trainer_id"))


def downgrade() -> None:
    op.execute(_TAKE_TURN)
    op.execute(_WITHOUT_GROUP.format(trainer="null"))
