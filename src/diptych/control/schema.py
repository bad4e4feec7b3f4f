"""The tables. All times are UTC milliseconds; of secrets only the SHA-256 is kept.

Migrations bring a database here; a test compares the two.
"""

from sqlalchemy import BigInteger, ForeignKey, Index, MetaData, SmallInteger, String, Text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

_NAMES = {
    "pk": "%(table_name)s_pkey",
    "uq": "%(table_name)s_%(column_0_name)s_key",
    "fk": "%(table_name)s_%(column_0_name)s_fkey",
}


class Base(DeclarativeBase):
    """What the tables have in common."""

    metadata = MetaData(naming_convention=_NAMES)
    type_annotation_map = {str: String(255)}  # noqa: RUF012 (SQLAlchemy's own way)


class ProjectRow(Base):
    """A project. Numbers start at 1 and are never used again."""

    __tablename__ = "projects"
    __table_args__ = {"sqlite_autoincrement": True}  # noqa: RUF012

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    token: Mapped[str] = mapped_column(String(64), unique=True)
    secret_hash: Mapped[str] = mapped_column(String(64), unique=True)
    timezone: Mapped[str]
    identity: Mapped[str] = mapped_column(String(16))
    week_start: Mapped[int] = mapped_column(SmallInteger)
    created: Mapped[int] = mapped_column(BigInteger)
    # JSON of what differs from the defaults of `ProjectSettings`
    settings: Mapped[str] = mapped_column(Text, server_default="{}")


class ServiceAccountRow(Base):
    """An account for programs; it opens the projects that it is a member of until it is revoked."""

    __tablename__ = "service_accounts"

    username: Mapped[str] = mapped_column(primary_key=True)
    secret_hash: Mapped[str] = mapped_column(String(64))
    role: Mapped[str] = mapped_column(String(16))
    created: Mapped[int] = mapped_column(BigInteger)
    revoked: Mapped[int | None] = mapped_column(BigInteger)


class MembershipRow(Base):
    """A service account's access to a project."""

    __tablename__ = "service_account_projects"

    username: Mapped[str] = mapped_column(ForeignKey("service_accounts.username", ondelete="CASCADE"), primary_key=True)
    project_id: Mapped[int] = mapped_column(ForeignKey("projects.id", ondelete="CASCADE"), primary_key=True)


class UserRow(Base):
    """Somebody who can sign in. The first owner has no e-mail address until one is set.

    `admin`: runs this installation, and is an owner of every project.
    """

    __tablename__ = "users"
    __table_args__ = {"sqlite_autoincrement": True}  # noqa: RUF012

    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str | None] = mapped_column(unique=True)
    name: Mapped[str]
    admin: Mapped[bool]
    # In the form of the PHC; absent: no password yet
    password: Mapped[str | None]
    created: Mapped[int] = mapped_column(BigInteger)


class MemberRow(Base):
    """Somebody's role in a project."""

    __tablename__ = "members"

    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), primary_key=True)
    project_id: Mapped[int] = mapped_column(ForeignKey("projects.id", ondelete="CASCADE"), primary_key=True)
    role: Mapped[str] = mapped_column(String(16))


class InvitationRow(Base):
    """A link with which somebody joins a project. Without a project: as somebody who runs the installation."""

    __tablename__ = "invitations"
    __table_args__ = {"sqlite_autoincrement": True}  # noqa: RUF012

    id: Mapped[int] = mapped_column(primary_key=True)
    hash: Mapped[str] = mapped_column(String(64), unique=True)
    email: Mapped[str]
    project_id: Mapped[int | None] = mapped_column(ForeignKey("projects.id", ondelete="CASCADE"))
    role: Mapped[str] = mapped_column(String(16))
    invited_by: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    created: Mapped[int] = mapped_column(BigInteger)
    expires: Mapped[int] = mapped_column(BigInteger)
    used: Mapped[int | None] = mapped_column(BigInteger)


class SignInLinkRow(Base):
    """A link that signs its first user in: that user, or else the first owner."""

    __tablename__ = "sign_in_links"

    hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    user_id: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    created: Mapped[int] = mapped_column(BigInteger)
    expires: Mapped[int] = mapped_column(BigInteger)
    used: Mapped[int | None] = mapped_column(BigInteger)


class WebSessionRow(Base):
    """A signed-in browser. `by_link`: it may set a password without knowing the one before."""

    __tablename__ = "web_sessions"
    __table_args__ = {"sqlite_autoincrement": True}  # noqa: RUF012

    id: Mapped[int] = mapped_column(primary_key=True)
    hash: Mapped[str] = mapped_column(String(64), unique=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    by_link: Mapped[bool]
    agent: Mapped[str]
    created: Mapped[int] = mapped_column(BigInteger)
    last_seen: Mapped[int] = mapped_column(BigInteger)
    expires: Mapped[int] = mapped_column(BigInteger)


class AttemptRow(Base):
    """How often a sign-in was tried since a time: for an address, for an account, for both together."""

    __tablename__ = "sign_in_attempts"

    hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    attempts: Mapped[int]
    since: Mapped[int] = mapped_column(BigInteger)


class SavedRow(Base):
    """What people save: a report, cohort, dashboard or annotation, as it is now.

    All kinds share the numbers, because the vendors' clients know them as one sequence.
    """

    __tablename__ = "saved"
    __table_args__ = (
        Index("saved_project_id_kind_idx", "project_id", "kind"),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    project_id: Mapped[int] = mapped_column(ForeignKey("projects.id", ondelete="CASCADE"))
    kind: Mapped[str] = mapped_column(String(16))
    name: Mapped[str]
    description: Mapped[str] = mapped_column(Text)
    version: Mapped[int]
    # JSON, by kind
    content: Mapped[str] = mapped_column(Text)
    created: Mapped[int] = mapped_column(BigInteger)
    created_by: Mapped[str]
    updated: Mapped[int] = mapped_column(BigInteger)
    updated_by: Mapped[str]
    deleted: Mapped[int | None] = mapped_column(BigInteger)


class SavedVersionRow(Base):
    """Each version of something saved, the current one too."""

    __tablename__ = "saved_versions"

    saved_id: Mapped[int] = mapped_column(ForeignKey("saved.id", ondelete="CASCADE"), primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    description: Mapped[str] = mapped_column(Text)
    content: Mapped[str] = mapped_column(Text)
    created: Mapped[int] = mapped_column(BigInteger)
    created_by: Mapped[str]


class LexiconRow(Base):
    """What people say about an event or a property. Names may be longer than an index takes, hence the hash."""

    __tablename__ = "lexicon"

    project_id: Mapped[int] = mapped_column(ForeignKey("projects.id", ondelete="CASCADE"), primary_key=True)
    kind: Mapped[str] = mapped_column(String(16), primary_key=True)
    hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    name: Mapped[str] = mapped_column(Text)
    # JSON of what differs from the defaults of `Entry`
    entry: Mapped[str] = mapped_column(Text)
    updated: Mapped[int] = mapped_column(BigInteger)
    updated_by: Mapped[str]
