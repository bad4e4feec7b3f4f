"""Projects and the credentials that open them, as the request path asks for them."""

from diptych.model import Project


class Projects:
    """Looks credentials up; answers are cached for at most two seconds (unknown ones are asked at once)."""

    async def by_id(self, project_id: int) -> Project | None:
        """The project of that number."""
        raise NotImplementedError

    async def by_token(self, token: str) -> Project | None:
        """The project whose public token (Mixpanel token, Amplitude API key, write key) this is."""
        raise NotImplementedError

    async def by_secret(self, secret: str) -> Project | None:
        """The project whose secret this is."""
        raise NotImplementedError

    async def by_token_and_secret(self, token: str, secret: str) -> Project | None:
        """The project to which both belong."""
        raise NotImplementedError

    async def by_service_account(self, username: str, secret: str, project_id: int | None) -> Project | None:
        """The project, if the service account may open it; without a number its only project."""
        raise NotImplementedError
