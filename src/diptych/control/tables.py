"""The control database: projects, credentials, sign-in. Nothing about single people or events.

Times are UTC milliseconds. Secrets are kept as SHA-256 of random text.
"""

from sqlalchemy import BigInteger, Boolean, ForeignKey, Integer, String
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

_Milliseconds = BigInteger


class Base(DeclarativeBase):
    """All tables."""


class ProjectRow(Base):
    """A project. The token is public, the secret is not kept."""

    __tablename__ = "projects"

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    name: Mapped[str] = mapped_column(String(255), unique=True)
    token: Mapped[str] = mapped_column(String(64), unique=True)
    secret_hash: Mapped[str] = mapped_column(String(64), unique=True)
    timezone: Mapped[str] = mapped_column(String(64))
    identity: Mapped[str] = mapped_column(String(16))
    week_start: Mapped[int] = mapped_column(Integer)
    created: Mapped[int] = mapped_column(_Milliseconds)


class ServiceAccountRow(Base):
    """A name and secret for programs."""

    __tablename__ = "service_accounts"

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    username: Mapped[str] = mapped_column(String(255), unique=True)
    secret_hash: Mapped[str] = mapped_column(String(64))
    created: Mapped[int] = mapped_column(_Milliseconds)
    revoked: Mapped[int | None] = mapped_column(_Milliseconds)


class ServiceAccountProject(Base):
    """Which projects a service account opens."""

    __tablename__ = "service_account_projects"

    service_account_id: Mapped[int] = mapped_column(ForeignKey("service_accounts.id"), primary_key=True)
    project_id: Mapped[int] = mapped_column(ForeignKey("projects.id"), primary_key=True)


class SignInLinkRow(Base):
    """A link that signs the owner in, once."""

    __tablename__ = "sign_in_links"

    token_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    created: Mapped[int] = mapped_column(_Milliseconds)
    expires: Mapped[int] = mapped_column(_Milliseconds)
    used: Mapped[bool] = mapped_column(Boolean)


class SessionRow(Base):
    """A browser that is signed in."""

    __tablename__ = "sessions"

    token_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    created: Mapped[int] = mapped_column(_Milliseconds)
    expires: Mapped[int] = mapped_column(_Milliseconds)
