"""The lookup over HTTP, and what comes out of it."""

import typer

from infra.settings import get_settings

app = typer.Typer()


@app.command()
def serve() -> None:
    """Answer lookups over HTTP until stopped: http://127.0.0.1:8090/docs tells what can be asked.

    HM_API_PORT is the port; HM_BIND_HOST and HM_API_KEY let other machines ask.
    Where the store is chDB this process holds it; every other command asks
    it for the store, and nobody waits. Exposures and events wait on disk
    until ClickHouse has them, through kills and outages.
    """
    from warehouse.api.server import serve as answer

    answer(get_settings())
