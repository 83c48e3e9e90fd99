"""HDFS over HTTP with more than one address: the NameNode that is active answers, the others say that they stand by."""

import requests
from fsspec.implementations.webhdfs import WebHDFS
from requests.adapters import HTTPAdapter

from infra.errors import UserError

CONNECT_TIMEOUT_S = 10
STANDBY = "state standby"


class RefusedError(UserError):
    """HDFS takes no change, or not this one: it is in safe mode, a quota is used up."""


class _PatientAdapter(HTTPAdapter):
    """A host that is switched off answers nothing at all: the next one is asked before the system gives up on the first."""

    def send(self, *args, timeout=None, **kwargs):
        return super().send(*args, timeout=timeout or (CONNECT_TIMEOUT_S, None), **kwargs)


class NameNodes(WebHDFS):
    """WebHDFS of whichever address is active; file infos carry the time of the last change where Arrow looks for it.

    Args:
        addresses: host and port of every NameNode of the file system, or of one gateway.
        user: acts under this name; None = as whoever has a Kerberos ticket, by the package requests-kerberos.
    """

    def __init__(self, addresses: list[tuple[str, int]], user: str | None, tls: bool):
        self._addresses = addresses
        host, port = addresses[0]
        super().__init__(host, port, user=user, kerberos=user is None, use_https=tls, skip_instance_cache=True)

    def _connect(self) -> None:
        super()._connect()
        scheme = self.url.partition("://")[0]
        self.session.mount(f"{scheme}://", _PatientAdapter())
        self.urls = [f"{scheme}://{host}:{port}/webhdfs/v1" for host, port in self._addresses]

    def _call(self, *args, **kwargs) -> requests.Response:
        for _ in self.urls[1:]:
            asked = self.url
            try:
                return super()._call(*args, **kwargs)
            except requests.ConnectionError:
                pass
            except RuntimeError as error:
                if STANDBY not in str(error):
                    raise _refusal(error) from error
            # Another thread may have gone on to the next one meanwhile.
            if self.url == asked:
                self.url = self.urls[(self.urls.index(asked) + 1) % len(self.urls)]
        try:
            return super()._call(*args, **kwargs)
        except RuntimeError as error:
            raise _refusal(error) from error

    @staticmethod
    def _process_info(info: dict) -> dict:
        info["mtime"] = info["modificationTime"] / 1000
        return WebHDFS._process_info(info)


def _refusal(error: RuntimeError) -> RefusedError:
    """The NameNode's exception without the stack that some of them carry."""
    return RefusedError(f"HDFS refused: {str(error).splitlines()[0]}")
