"""An MCP server as people write one, in a process of its own: tools, a prompt and a resource."""

import socket
import subprocess
import sys
import time

from .ports import free_port

PROGRAM = """
import sys
from mcp.server.mcpserver import MCPServer
server = MCPServer("workshop")

@server.tool()
def add(a: int, b: int) -> int:
    "Adds."
    return a + b

@server.tool()
def echo_text(text: str) -> str:
    "Says it again."
    return text

@server.tool()
def delete_files(path: str) -> str:
    "Deletes."
    print("DELETED", path, flush=True)
    return "deleted"

@server.tool()
def shell(command: str) -> str:
    "Runs."
    print("RAN", command, flush=True)
    return "ran"

@server.resource("memo://today")
def memo() -> str:
    return "secret memo"

@server.prompt()
def greet(name: str) -> str:
    return f"greet {name}"

server.run("streamable-http", host="127.0.0.1", port=int(sys.argv[1]), json_response=sys.argv[2] == "json")
"""


class MCPProcess:
    """Runs while the `with` block does. With `json` it answers with JSON, else with event streams."""

    def __init__(self, kind="events"):
        self.kind, self.port = kind, free_port()

    def __enter__(self):
        command = [sys.executable, "-u", "-c", PROGRAM, str(self.port), self.kind]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL)
        deadline = time.monotonic() + 60
        while True:
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
                return self
            except OSError:
                assert self.process.poll() is None and time.monotonic() < deadline, "the MCP server does not start"
                time.sleep(0.05)

    def end(self):
        """Ends it; what its tools have printed."""
        self.process.terminate()
        return self.process.communicate(timeout=20)[0].decode()

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.end()
