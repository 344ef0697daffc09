"""The fake's secret store."""

from rekey.containment.action_spec import Permission
from rekey.containment.secret import Secret
from tests.fakes.fake_cloud import FakeCloud
from tests.fakes.fake_provider import FakeProvider


class FakeStore:
    """The fake's secret store."""

    permissions = (Permission("fake:put_secret"),)

    def __init__(self, cloud: FakeCloud, name: str = "fake-store") -> None:
        self._cloud, self.name = cloud, name

    @property
    def provider(self) -> FakeProvider:
        return FakeProvider(self._cloud)

    def identities(self) -> frozenset[str]:
        return frozenset({"user/store-writer"})

    def unready(self, destination: str) -> str | None:
        places = self._cloud.state.get("places")
        return f"there is no {destination}" if places and destination not in places else None

    def find(self, destination: str, marker: str) -> str | None:
        return self._cloud.find_secret(destination, marker)

    def write(self, destination: str, value: Secret, marker: str) -> str:
        return self._cloud.put_secret(destination, marker, value.reveal())

    def restore(self, destination: str, marker: str) -> None:
        self._cloud.restore_secret(destination, marker)
