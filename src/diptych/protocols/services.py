"""What a protocol's handlers work with. The composition root fills it in."""

from dataclasses import dataclass

from diptych.control import Control
from diptych.control.projects import Projects
from diptych.ingest.pipeline import Pipeline
from diptych.ingest.policy import Policy
from diptych.people.applying import Identity
from diptych.people.folding import Folding
from diptych.people.linking import Linking
from diptych.people.profiles import Profiles
from diptych.query.activity import Activity
from diptych.query.export import Exports
from diptych.query.membership import Membership
from diptych.query.person import People
from diptych.query.person_summary import Summaries
from diptych.query.profile_lists import ProfileLists
from diptych.query.run import Queries
from diptych.query.search import Search
from diptych.query.stream import Stream
from diptych.query.usersql.run import UserSql
from diptych.store.cohort_lists import CohortLists
from diptych.store.lookups import LookupTables


@dataclass(frozen=True)
class Services:
    """Handlers get it as the dependency `services`."""

    projects: Projects
    pipeline: Pipeline
    queries: Queries
    stream: Stream
    profiles: Profiles
    policy: Policy
    lookups: LookupTables
    cohort_lists: CohortLists
    user_sql: UserSql
    people: People
    summaries: Summaries
    membership: Membership
    activity: Activity
    search: Search
    exports: Exports
    profile_lists: ProfileLists
    control: Control
    identity: Identity
    folding: Folding
    linking: Linking
